//! Series that are added up, as PromQL's `by` does.

use std::collections::BTreeMap;

use checks::exposition::Labels;

use super::{Grouping, Question};
use crate::live::history::{Family, History, Track};
use crate::live::promql;

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
        groups.map(|(labels, tracks)| Self { name: question.name(&labels), labels, tracks }).collect()
    }

    /// All series of several groups.
    pub(super) fn sum(groups: &[Self]) -> Self {
        let tracks = groups.iter().flat_map(|group| group.tracks.iter().copied()).collect();
        Self { name: SUM.to_owned(), labels: Labels::new(), tracks }
    }
}

impl Question {
    /// Whether the filters leave a series.
    pub(in crate::live) fn takes(&self, labels: &Labels) -> bool {
        // As in PromQL, a label that is not there is an empty one.
        self.filters.iter().all(|(label, value)| labels.get(label).map_or("", String::as_str) == value)
    }

    /// What the series with these labels in common are called.
    fn name(&self, labels: &Labels) -> String {
        match self.grouping {
            _ if !labels.is_empty() => promql::labels(labels),
            Grouping::Sum => SUM.to_owned(),
            Grouping::Each => self.family.clone(),
            Grouping::By(_) => "without these labels".to_owned(),
        }
    }

    /// The labels that a series has in common with those that it is added up with.
    pub(super) fn common(&self, labels: Labels) -> Labels {
        match &self.grouping {
            Grouping::Each => labels,
            Grouping::Sum => Labels::new(),
            Grouping::By(names) => labels.into_iter().filter(|(name, _)| names.contains(name)).collect(),
        }
    }
}
