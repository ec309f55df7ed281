//! The summary that the lesson is about: its names, its quantiles, its lines.

use exposition::{Page, Sample};

use crate::lessons::lines::family_lines;

pub(super) const QUERIES: &str = "db_query_duration_seconds";
pub(super) const SUM: &str = "db_query_duration_seconds_sum";
pub(in crate::lessons) const COUNT: &str = "db_query_duration_seconds_count";

/// The quantiles that the lesson asks for. There may be more.
pub(super) const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// How many times longer than their clients waited queries may seem to take. Somebody else may use the app at the
/// same time, and a query may be part of two operations. Milliseconds are a thousand times too long.
pub(super) const GENEROUS: f64 = 10.0;

/// The quantile of a sample, as a number.
pub(super) fn quantile(sample: &Sample) -> Option<f64> {
    sample.label("quantile")?.parse().ok()
}

/// Every sample of the summary, if it is there.
pub(super) fn samples(page: &Page) -> impl Iterator<Item = &Sample> {
    page.family(QUERIES).into_iter().flat_map(|family| &family.samples)
}

/// The lines of this name, or word that there is no such metric.
pub(super) fn page_lines(page: &Page, name: &str) -> Vec<String> {
    let lines: Vec<_> = page.series(name).map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { family_lines(page, QUERIES) } else { lines }
}

/// Whether a quantile says that no query is left. Some libraries have 0 for that.
pub(super) fn says_nothing(value: f64) -> bool {
    value.is_nan() || value == 0.0
}

/// The values of the lesson's quantiles.
pub(super) fn quantile_values(page: &Page, operation: &str) -> Vec<f64> {
    let is_wanted = |sample: &&Sample| quantile(sample).is_some_and(|quantile| QUANTILES.contains(&quantile));
    page.matching(QUERIES, &[("operation", operation)]).filter(is_wanted).map(|sample| sample.value).collect()
}

/// The lines of an operation, or word that there are none.
pub(super) fn summary_lines(page: &Page, operation: &str) -> Vec<String> {
    let of_operation = samples(page).filter(|sample| sample.label("operation") == Some(operation));
    let lines: Vec<_> = of_operation.map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { vec![format!("no line with operation=\"{operation}\"")] } else { lines }
}
