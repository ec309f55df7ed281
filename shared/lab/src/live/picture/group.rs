//! Series that are added up, as PromQL's `by` does.

use std::collections::BTreeMap;

use checks::exposition::Labels;

use crate::live::history::{Family, History, Track};
use crate::live::promql;
use crate::live::question::{Grouping, Question};

/// What a line of all series is called.
const SUM: &str = "sum";

/// Series that are one line of a picture.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    /// What the line is called.
    pub(super) name: String,
    /// What they have in common.
    pub(super) labels: Labels,
    pub(super) tracks: Vec<&'a Track>,
}

impl<'a> Group<'a> {
    /// The groups of the samples of a name, in the order of their labels.
    pub(super) fn all(history: &History, family: &'a Family, question: &Question, name: &str) -> Vec<Self> {
        let mut groups: BTreeMap<Labels, Vec<&Track>> = BTreeMap::new();
        for (series, track) in family.tracks().filter(|(series, _)| series.name == name) {
            let labels = history.labels(series);
            if question.takes(&labels) {
                groups.entry(question.common(labels)).or_default().push(track);
            }
        }
        let groups = groups.into_iter();
        groups.map(|(labels, tracks)| Self { name: line_name(question, &labels), labels, tracks }).collect()
    }

    /// All series of several groups.
    pub(super) fn sum(groups: &[Self]) -> Self {
        let tracks = groups.iter().flat_map(|group| group.tracks.iter().copied()).collect();
        Self { name: SUM.to_owned(), labels: Labels::new(), tracks }
    }
}

/// What the series with these labels in common are called.
fn line_name(question: &Question, labels: &Labels) -> String {
    match question.grouping {
        _ if !labels.is_empty() => promql::labels(labels),
        Grouping::Sum => SUM.to_owned(),
        Grouping::Each => question.family.clone(),
        Grouping::By(_) => "without these labels".to_owned(),
    }
}
