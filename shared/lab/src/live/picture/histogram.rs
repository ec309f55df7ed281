//! What the buckets of a histogram say about a window.

mod estimate;

use std::collections::BTreeMap;

use checks::exposition::Labels;
use serde::Serialize;

use self::estimate::Estimate;
use super::rates;
use crate::live::families::Promise;
use crate::live::history::{Family, History, Track};
use crate::live::promql;
use crate::live::question::{Grouping, Question};

/// The quantiles that are estimated.
const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];
/// The most groups that are listed.
const MOST_GROUPS: usize = 50;

/// Observations by their size.
#[derive(Debug, Serialize)]
pub(super) struct Histogram {
    unit: &'static str,
    /// The upper bounds, as they stand on the page.
    bounds: Vec<String>,
    /// The observations in the window, of each bucket by itself.
    counts: Vec<f64>,
    count: f64,
    mean: Option<f64>,
    quantiles: Vec<Estimate>,
    promise: Option<Kept>,
    /// The observations of each bucket in each scrape; none where there was no page.
    heat: Vec<Option<Vec<f64>>>,
    groups: Vec<Part>,
}

/// What became of a promise.
#[derive(Debug, Serialize)]
struct Kept {
    bound: f64,
    share: f64,
    /// The share of the observations that were within the bound.
    kept: Option<f64>,
}

/// The observations with the same values of some labels.
#[derive(Debug, Serialize)]
struct Part {
    name: String,
    count: f64,
    quantiles: Vec<Estimate>,
}

/// The buckets of a family, from the lowest bound to the highest.
struct Buckets<'a> {
    bounds: Vec<Bound>,
    /// With the place of the bound.
    tracks: Vec<(usize, Labels, &'a Track)>,
}

/// An upper bound.
#[derive(Debug, Clone)]
struct Bound {
    value: f64,
    text: String,
}

impl Histogram {
    /// Of the newest scrapes.
    pub(super) fn of(history: &History, family: &Family, question: &Question, scrapes: usize) -> Self {
        let buckets = Buckets::of(history, family, question);
        // All of them are one group; there is none where nothing is.
        let cumulative = buckets.cumulative(|_| Labels::new(), scrapes).pop_first().unwrap_or_default().1;
        let bounds: Vec<_> = buckets.bounds.iter().map(|bound| bound.value).collect();
        let increase_of = |suffix| increase(history, family, question, suffix, scrapes);
        let count = increase_of("_count");
        Self {
            unit: unit(&family.name),
            bounds: buckets.bounds.iter().map(|bound| bound.text.clone()).collect(),
            counts: apart(&cumulative),
            count,
            mean: (count > 0.0).then(|| increase_of("_sum") / count),
            quantiles: estimates(&bounds, &cumulative),
            promise: Promise::of(&family.name).map(|promise| Kept::of(promise, &bounds, &cumulative)),
            heat: buckets.heat(scrapes),
            groups: buckets.parts(question, &bounds, scrapes),
        }
    }
}

impl<'a> Buckets<'a> {
    fn of(history: &History, family: &'a Family, question: &Question) -> Self {
        let name = format!("{}_bucket", family.name);
        let found = family.tracks().filter(|(series, _)| series.name == name).filter_map(|(series, track)| {
            let mut labels = history.labels(series);
            let text = labels.remove("le")?;
            let value = text.parse().ok()?;
            question.takes(&labels).then_some((Bound { value, text }, labels, track))
        });
        let found: Vec<_> = found.collect();
        let mut bounds: Vec<Bound> = found.iter().map(|(bound, ..)| bound.clone()).collect();
        bounds.sort_by(|one, other| one.value.total_cmp(&other.value));
        bounds.dedup_by(|one, other| one.value == other.value);
        let place = |bound: &Bound| bounds.partition_point(|other| other.value < bound.value);
        let tracks = found.into_iter().map(|(bound, labels, track)| (place(&bound), labels, track)).collect();
        Self { bounds, tracks }
    }

    /// What each bucket counted in the newest scrapes, with all below it, for each group of labels.
    fn cumulative(&self, group: impl Fn(&Labels) -> Labels, scrapes: usize) -> BTreeMap<Labels, Vec<f64>> {
        let mut groups: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
        for (place, labels, track) in &self.tracks {
            let counts = groups.entry(group(labels)).or_insert_with(|| vec![0.0; self.bounds.len()]);
            counts[*place] += rates::increases(track, scrapes).sum::<f64>();
        }
        groups.values_mut().for_each(|counts| estimate::make_monotonic(counts));
        groups
    }

    fn heat(&self, scrapes: usize) -> Vec<Option<Vec<f64>>> {
        let mut heat: Vec<Option<Vec<f64>>> = vec![None; scrapes];
        for (place, _, track) in &self.tracks {
            let values = track.newest(scrapes).zip(rates::increases(track, scrapes));
            for (counts, (value, increase)) in heat.iter_mut().zip(values) {
                if !value.is_nan() {
                    counts.get_or_insert_with(|| vec![0.0; self.bounds.len()])[*place] += increase;
                }
            }
        }
        heat.into_iter().map(|counts| counts.map(|counts| apart(&counts))).collect()
    }

    fn parts(&self, question: &Question, bounds: &[f64], scrapes: usize) -> Vec<Part> {
        if !matches!(question.grouping, Grouping::By(_)) {
            return Vec::new();
        }
        let part = |(labels, cumulative): (Labels, Vec<f64>)| {
            let count = cumulative.last().copied().unwrap_or_default();
            Part { name: promql::labels(&labels), count, quantiles: estimates(bounds, &cumulative) }
        };
        let parts = self.cumulative(|labels| question.common(labels.clone()), scrapes);
        let mut parts: Vec<_> = parts.into_iter().map(part).collect();
        parts.sort_by(|one, other| other.count.total_cmp(&one.count));
        parts.truncate(MOST_GROUPS);
        parts
    }
}

impl Kept {
    fn of(promise: Promise, bounds: &[f64], cumulative: &[f64]) -> Self {
        let all = cumulative.last().copied().filter(|all| *all > 0.0);
        let within = bounds.iter().position(|bound| *bound == promise.bound).map(|place| cumulative[place]);
        let kept = all.zip(within).map(|(all, within)| within / all);
        Self { bound: promise.bound, share: promise.share, kept }
    }
}

fn estimates(bounds: &[f64], cumulative: &[f64]) -> Vec<Estimate> {
    QUANTILES.iter().filter_map(|quantile| Estimate::of(*quantile, bounds, cumulative)).collect()
}

/// Each bucket without those below it.
fn apart(cumulative: &[f64]) -> Vec<f64> {
    let below = [0.0].into_iter().chain(cumulative.iter().copied());
    // A bucket that is there in one series, and not in another, could be less than the one below.
    cumulative.iter().zip(below).map(|(count, below)| (count - below).max(0.0)).collect()
}

fn increase(history: &History, family: &Family, question: &Question, suffix: &str, scrapes: usize) -> f64 {
    let name = format!("{}{suffix}", family.name);
    let found = family.tracks().filter(|(series, _)| series.name == name);
    let found = found.filter(|(series, _)| question.takes(&history.labels(series)));
    found.map(|(_, track)| rates::increases(track, scrapes).sum::<f64>()).sum()
}

fn unit(name: &str) -> &'static str {
    match name {
        name if name.ends_with("_seconds") => "s",
        name if name.ends_with("_bytes") => "B",
        _ => "",
    }
}
