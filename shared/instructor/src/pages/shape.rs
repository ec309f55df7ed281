//! A family, as far as it is compared.

use std::collections::{BTreeMap, BTreeSet};

use checks::exposition::{Family, Labels, MetricType, Sample};
use checks::{lint, snapshot};

/// What stands for a label's value that depends on the machine.
const OF_THE_MACHINE: &str = "...";
/// What a name has where a machine measured the value.
const MEASURED: [&str; 10] =
    ["seconds", "bytes", "ratio", "celsius", "joules", "volts", "amperes", "meters", "grams", "timestamp"];

/// The series of a family, and the bounds of its buckets or its quantiles.
#[derive(Debug)]
pub(super) struct Shape {
    /// By their labels, without `le` and `quantile`, and without empty ones, which are none to Prometheus.
    pub(super) series: BTreeMap<Labels, Series>,
    /// In their order, without infinity.
    pub(super) bounds: Vec<f64>,
    /// Whether a value is the count of a histogram or summary.
    pub(super) counts_observations: bool,
    /// Whether values can be added up.
    pub(super) is_additive: bool,
}

/// A series: its value, or the count of its observations.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series {
    pub(super) value: f64,
    /// Whether the same traffic gives the same value.
    pub(super) is_foreseeable: bool,
}

impl Shape {
    pub(super) fn of(family: &Family) -> Self {
        let counts_observations = matches!(family.metric_type, MetricType::Histogram | MetricType::Summary);
        let is_additive = counts_observations || family.metric_type == MetricType::Counter;
        let mut shape = Self { series: BTreeMap::new(), bounds: Vec::new(), counts_observations, is_additive };
        for sample in family.samples.iter().filter(|sample| !sample.name.ends_with("_created")) {
            shape.add(family, sample);
        }
        shape.bounds.sort_by(f64::total_cmp);
        shape.bounds.dedup();
        shape
    }

    fn add(&mut self, family: &Family, sample: &Sample) {
        let bound =
            ["le", "quantile"].into_iter().find(|name| is_bound(family, name)).and_then(|name| sample.label(name));
        self.bounds.extend(bound.and_then(|bound| bound.parse().ok()).filter(|bound: &f64| bound.is_finite()));
        let labels = sample.labels.iter().filter(|(name, value)| !is_bound(family, name) && !value.is_empty());
        let labels = labels.map(|(name, value)| {
            let value = if snapshot::is_of_the_machine(name) { OF_THE_MACHINE } else { value };
            (name.clone(), value.to_owned())
        });
        let series = self.series.entry(labels.collect());
        let series = series.or_insert(Series { value: 0.0, is_foreseeable: false });
        if !self.counts_observations || sample.name.ends_with("_count") {
            *series = Series { value: sample.value, is_foreseeable: is_foreseeable(family, sample) };
        }
    }

    pub(super) fn label_names(&self) -> BTreeSet<String> {
        self.series.keys().flat_map(|labels| labels.keys().cloned()).collect()
    }

    pub(super) fn values_of(&self, label: &str) -> BTreeSet<String> {
        self.series.keys().filter_map(|labels| labels.get(label).cloned()).collect()
    }

    /// Changes the labels of each series. What then has the same labels becomes one, if its values can be added up.
    pub(super) fn relabel(&mut self, change: impl Fn(Labels) -> Labels) {
        let mut changed: BTreeMap<Labels, Series> = BTreeMap::new();
        for (labels, series) in std::mem::take(&mut self.series) {
            let is_additive = self.is_additive;
            changed
                .entry(change(labels))
                .and_modify(|sum| {
                    let is_foreseeable = is_additive && sum.is_foreseeable && series.is_foreseeable;
                    *sum = Series { value: sum.value + series.value, is_foreseeable };
                })
                .or_insert(series);
        }
        self.series = changed;
    }

    /// Takes the series away that have one of these values. Returns how many there were.
    pub(super) fn take(&mut self, label: &str, values: &BTreeSet<String>) -> usize {
        let before = self.series.len();
        self.series.retain(|labels, _| labels.get(label).is_none_or(|value| !values.contains(value)));
        before - self.series.len()
    }
}

impl Series {
    /// Whether both values can be foreseen, and are not the same.
    pub(super) fn differ(one: &Self, other: &Self) -> bool {
        one.is_foreseeable
            && other.is_foreseeable
            && one.value.total_cmp(&other.value).is_ne()
            && one.value != other.value
    }
}

fn is_bound(family: &Family, label: &str) -> bool {
    match family.metric_type {
        MetricType::Histogram | MetricType::GaugeHistogram => label == "le",
        MetricType::Summary => label == "quantile",
        _ => false,
    }
}

/// A count can be foreseen, even that of measurements.
fn is_foreseeable(family: &Family, sample: &Sample) -> bool {
    let is_measured = family.name.split('_').any(|word| MEASURED.contains(&word));
    let is_count = sample.name.len() > family.name.len();
    snapshot::is_foreseeable(sample) && !lint::is_of_a_library(&family.name) && (is_count || !is_measured)
}
