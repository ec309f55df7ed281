//! What an info metric says: words, and no numbers.

use std::collections::BTreeSet;

use checks::exposition::Labels;
use serde::Serialize;

use crate::live::history::{Family, History};
use crate::live::question::Question;

/// The most rows.
const MOST: usize = 100;

/// A row for each series, a column for each label.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    left_out: usize,
}

impl Table {
    /// What stands on the newest page.
    pub(super) fn of(history: &History, family: &Family, question: &Question) -> Self {
        let series: Vec<Labels> = history.on_page(family).map(|(series, _)| history.labels(series)).collect();
        let series: Vec<_> = series.into_iter().filter(|labels| question.takes(labels)).collect();
        let columns: BTreeSet<_> = series.iter().flat_map(Labels::keys).cloned().collect();
        let cell = |labels: &Labels, column: &String| labels.get(column).cloned().unwrap_or_default();
        let row = |labels: &Labels| columns.iter().map(|column| cell(labels, column)).collect();
        let rows = series.iter().take(MOST).map(row).collect();
        Self { rows, columns: columns.into_iter().collect(), left_out: series.len().saturating_sub(MOST) }
    }
}
