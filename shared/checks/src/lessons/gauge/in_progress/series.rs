//! The series of `http_requests_in_progress`, and what has moved in them.

use std::collections::{BTreeMap, BTreeSet};

use exposition::{Page, Sample};

use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome};

pub(super) const IN_PROGRESS: &str = "http_requests_in_progress";
pub(super) const WHY: &str =
    "When requests pile up, this is the first number that moves: long before the first of them fails.";
/// A page that counts its own scrape is judged elsewhere.
const METRICS_PATH: &str = "/metrics";

/// By how much all series together rose.
pub(super) fn risen(before: &Page, after: &Page) -> f64 {
    rise(before, after, IN_PROGRESS, &[])
}

/// By how much each series rose that is not where it was, by method, the least first.
pub(super) fn risen_by_method<'a>(before: &Page, after: &'a Page) -> BTreeMap<&'a str, Vec<f64>> {
    let mut risen: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for sample in displaced(before, after).filter(|sample| sample.label("path") != Some(METRICS_PATH)) {
        let method = sample.label("method").unwrap_or_default();
        risen.entry(method).or_default().push(sample.value - value_before(before, sample));
    }
    risen.values_mut().for_each(|risen| risen.sort_by(f64::total_cmp));
    risen
}

/// The lines of the series that are not where they were.
pub(super) fn displaced_lines(before: &Page, after: &Page) -> Vec<String> {
    displaced(before, after).map(|sample| sample.line.clone()).collect()
}

/// Both metrics of requests know a request by the same method and path. Series that were there from the start may be there
/// for requests that nobody has sent.
pub(super) fn are_those_of_the_counter(before: &Page, page: &Page) -> Outcome {
    const REQUESTS: &str = "http_requests_total";
    let request = |sample: &Sample| ["method", "path"].map(|name| sample.label(name).map(str::to_owned));
    let counted: BTreeSet<_> = page.series(REQUESTS).map(request).collect();
    let early: BTreeSet<_> = before.series(IN_PROGRESS).map(request).collect();
    let is_strange = |sample: &&Sample| {
        let request = request(sample);
        sample.label("path") != Some(METRICS_PATH) && !counted.contains(&request) && !early.contains(&request)
    };
    let strange = page.series(IN_PROGRESS).find(is_strange);
    let Some(strange) = strange.filter(|_| !counted.is_empty()) else { return Ok(()) };
    Failure::change(format!("Give the gauge the same method and path as `{REQUESTS}`."))
        .expected(format!("for each series of {IN_PROGRESS} one of {REQUESTS} with the same method and path"))
        .seen(["there is none for:", &strange.line])
        .mistake("The path is cut, or taken as it was sent, or the labels are made in another place than those of the counter.")
        .why("How many requests of this route are waiting, and how many has it answered? The two only go together by their labels.")
        .stop()
}

fn displaced<'a>(before: &Page, after: &'a Page) -> impl Iterator<Item = &'a Sample> {
    after.series(IN_PROGRESS).filter(|sample| sample.value != value_before(before, sample))
}

fn value_before(before: &Page, sample: &Sample) -> f64 {
    let same = before.series(IN_PROGRESS).find(|other| other.labels == sample.labels);
    same.map_or(0.0, |same| same.value)
}
