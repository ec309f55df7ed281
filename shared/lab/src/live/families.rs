//! What the pages hold, family by family, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use checks::exposition::Labels;
use serde::Serialize;

use super::history::{Family, History};
use crate::judge::findings::{Finding, Findings, Line, Severity};

/// The most families that are listed.
const MOST: usize = 500;
/// The most values of a label that one can choose from.
const MOST_VALUES: usize = 100;
/// From how many values on a label is too many: Prometheus's "Instrumentation" page asks to think again at a hundred.
const CROWD: usize = 100;
/// Labels that belong to the type, and not to what is counted.
const OF_THE_TYPE: [&str; 2] = ["le", "quantile"];

/// The list of the families.
#[derive(Debug, Serialize)]
pub(super) struct Families {
    families: Vec<Listed>,
    /// How many others there are.
    more: usize,
}

#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    #[serde(rename = "type")]
    metric_type: String,
    help: String,
    labels: Vec<String>,
    series: usize,
    values: BTreeMap<String, BTreeSet<String>>,
    findings: Vec<Found>,
    crowd: Option<Crowd>,
    promise: Option<Promise>,
}

/// A name that breaks a rule.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Found {
    severity: &'static str,
    rule: &'static str,
    promtool: Option<bool>,
    message: String,
    advice: String,
    line: Option<Marked>,
}

/// What is wrong with the names of each family.
pub(super) type FoundByFamily = BTreeMap<String, Vec<Found>>;

/// A line of the page, with a piece of it that is marked. Its place is counted as browsers do, in UTF-16.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Marked {
    number: usize,
    text: String,
    start: usize,
    end: usize,
}

/// A label with a value of its own for each visitor, or nearly.
#[derive(Debug, Serialize)]
struct Crowd {
    label: String,
    values: usize,
    series: usize,
}

/// What was promised to the customers: a share of the observations within a bound.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Promise {
    /// In the unit of the metric.
    pub(super) bound: f64,
    pub(super) share: f64,
}

impl Promise {
    /// TechCommerce's promise, of lesson 03: 95 of 100 requests are answered within 300 milliseconds.
    pub(super) fn of(family: &str) -> Option<Self> {
        (family == "http_request_duration_seconds").then_some(Self { bound: 0.3, share: 0.95 })
    }
}

impl Families {
    /// All that are kept, with what was found about their names.
    pub(super) fn of(history: &History, findings: &FoundByFamily) -> Self {
        let families = history.families();
        let listed = families.iter().take(MOST).map(|family| Listed::of(history, family, findings)).collect();
        Self { families: listed, more: families.len().saturating_sub(MOST) }
    }
}

/// What is wrong with names, by family.
pub(super) fn findings_of(findings: Findings) -> FoundByFamily {
    let mut by_family = FoundByFamily::new();
    for finding in findings.all.into_iter().filter(|finding| finding.severity != Severity::Error) {
        if let Some(metric) = finding.metric.clone() {
            by_family.entry(metric).or_default().push(Found::from(finding));
        }
    }
    by_family
}

impl Listed {
    fn of(history: &History, family: &Family, findings: &FoundByFamily) -> Self {
        let series: BTreeSet<_> = history.on_page(family).map(|(series, _)| counted(history.labels(series))).collect();
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (label, value) in series.iter().flatten() {
            values.entry(label.clone()).or_default().insert(value.clone());
        }
        let crowd = Crowd::of(&values, series.len());
        let labels = values.keys().cloned().collect();
        let values = values.into_iter().map(|(label, values)| (label, values.into_iter().take(MOST_VALUES).collect()));
        Self {
            name: family.name.clone(),
            metric_type: family.metric_type.to_string(),
            help: family.help.clone(),
            labels,
            series: history.on_page(family).count(),
            values: values.collect(),
            findings: findings.get(&family.name).cloned().unwrap_or_default(),
            crowd,
            promise: Promise::of(&family.name),
        }
    }
}

/// The labels that tell what is counted.
fn counted(mut labels: Labels) -> Labels {
    labels.retain(|name, _| !OF_THE_TYPE.contains(&name.as_str()));
    labels
}

impl Crowd {
    fn of(values: &BTreeMap<String, BTreeSet<String>>, series: usize) -> Option<Self> {
        let (label, values) = values.iter().max_by_key(|(_, values)| values.len())?;
        (values.len() > CROWD).then(|| Self { label: label.clone(), values: values.len(), series })
    }
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        let Finding { severity, rule, promtool, message, advice, line, .. } = finding;
        Self { severity: severity.name(), rule, promtool, message, advice, line: line.map(Marked::from) }
    }
}

impl From<Line> for Marked {
    fn from(line: Line) -> Self {
        let place = line.place.unwrap_or_default();
        let units = |end: usize| line.text.get(..end).map_or(0, |text| text.encode_utf16().count());
        Self { number: line.number, start: units(place.start), end: units(place.end), text: line.text }
    }
}
