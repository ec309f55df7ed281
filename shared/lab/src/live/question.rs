//! What a browser asks of a family: which series, and what is added up.

use checks::exposition::Labels;

/// What is asked of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) family: String,
    /// How much of the past is drawn, in seconds.
    pub(super) window: u64,
    pub(super) grouping: Grouping,
    /// Labels, and the values that they must have.
    pub(super) filters: Vec<(String, String)>,
}

/// What is added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grouping {
    /// Nothing: each series by itself.
    Each,
    /// All series.
    Sum,
    /// Those with the same values of these labels.
    By(Vec<String>),
}

impl Question {
    /// Whether the filters leave a series.
    pub(super) fn takes(&self, labels: &Labels) -> bool {
        // As in PromQL, a label that is not there is an empty one.
        self.filters.iter().all(|(label, value)| labels.get(label).map_or("", String::as_str) == value)
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
