//! A page as text: in a fixed order, and with help texts and all that is unstable masked.

mod mask;
mod watched;

use std::cmp::Ordering;
use std::fmt::Write;

use exposition::{Family, Labels, Page, Sample};

use self::mask::{MASK, UNSTABLE_LABELS};

/// The families of these names.
pub(crate) fn render<'a>(page: &Page, names: impl Iterator<Item = &'a str>) -> String {
    render_families(names.filter_map(|name| page.family(name)).collect())
}

/// The families of these names on an exporter's page, with the series of one database, and of one table in it.
pub(crate) fn render_watched(page: Page, names: &[String], database: &str, table: &str) -> String {
    render_families(watched::select(page, names, database, table).families.iter().collect())
}

/// Whether the same traffic gives a sample the same value: no time, no measurement of the machine.
pub fn is_foreseeable(sample: &Sample) -> bool {
    mask::is_foreseeable(sample)
}

/// Whether the value of a label depends on the machine.
pub fn is_of_the_machine(label: &str) -> bool {
    UNSTABLE_LABELS.contains(&label)
}

/// An exporter's page, with the series of one database, and of one table in it.
pub(crate) fn watched(page: Page, database: &str, table: &str) -> Page {
    watched::select_series(page, database, table)
}

/// A series that Prometheus has.
pub(crate) fn render_series(name: &str, labels: &Labels) -> String {
    format!("{name}{} {MASK}\n", render_labels(labels))
}

fn render_families(mut families: Vec<&Family>) -> String {
    families.sort_by(|one, other| one.name.cmp(&other.name));
    families.into_iter().map(render_family).collect()
}

fn render_family(family: &Family) -> String {
    let name = &family.name;
    let mut text = format!("# HELP {name} {MASK}\n# TYPE {name} {}\n", family.metric_type);
    let mut samples: Vec<_> = family.samples.iter().filter(|sample| !sample.name.ends_with("_created")).collect();
    samples.sort_by(|one, other| compare(one, other));
    for sample in samples {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}{} {}", sample.name, render_labels(&sample.labels), mask::value(sample));
    }
    text
}

/// By labels, then by name, then by bucket or quantile, as numbers.
fn compare(one: &Sample, other: &Sample) -> Ordering {
    let key = |sample: &Sample| {
        let labels = sample.labels.iter().filter(|(name, _)| !is_bound(name));
        (labels.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>(), sample.name.clone())
    };
    key(one).cmp(&key(other)).then(bound(one).total_cmp(&bound(other)))
}

fn is_bound(label: &str) -> bool {
    label == "le" || label == "quantile"
}

fn bound(sample: &Sample) -> f64 {
    let label = sample.labels.iter().find(|(name, _)| is_bound(name));
    label.and_then(|(_, value)| value.parse().ok()).unwrap_or_default()
}

fn render_labels(labels: &Labels) -> String {
    let label = |(name, value): (&String, &String)| {
        let value = if UNSTABLE_LABELS.contains(&name.as_str()) { MASK } else { value };
        format!("{name}={value:?}")
    };
    let labels: Vec<_> = labels.iter().map(label).collect();
    if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) }
}
