//! The checks of each lesson, in the order of its steps.

mod clean_page;
mod counter;
pub(crate) mod exporter;
mod gauge;
mod histogram;
mod item_api;
mod labels;
pub(crate) mod pushgateway;
mod summary;

use std::cmp::Reverse;

use crate::check::Check;
use crate::exposition::{Family, MetricType, Page, Sample};
use crate::outcome::{Failure, Outcome};

/// All checks, in the order in which a student meets them.
pub fn all() -> impl Iterator<Item = &'static Check> {
    let lessons = [
        item_api::CHECKS,
        counter::CHECKS,
        gauge::CHECKS,
        histogram::CHECKS,
        summary::CHECKS,
        exporter::CHECKS,
        pushgateway::CHECKS,
    ];
    lessons.into_iter().flatten()
}

/// The checks of a lesson, such as `01-counter`.
pub fn of(lesson: &str) -> impl Iterator<Item = &'static Check> {
    all().filter(move |check| check.lesson == lesson)
}

/// The checks of the lessons before this one. For lessons 00 to 04, which grow one app.
pub fn before(lesson: &str) -> impl Iterator<Item = &'static Check> {
    all().filter(move |check| check.lesson < lesson)
}

/// The check of this name.
pub fn find(lesson: &str, name: &str) -> Option<&'static Check> {
    of(lesson).find(|check| check.name == name)
}

/// The family of this name and type, which the lesson asks for.
fn require_family<'a>(page: &'a Page, name: &str, metric_type: MetricType, why: &str) -> Outcome<&'a Family> {
    let Some(family) = page.family(name) else {
        return Failure::change(format!("Add the {metric_type} `{name}` to the page."))
            .expected(format!("# TYPE {name} {metric_type}"))
            .seen(type_lines(page, name))
            .mistake("The metric is not registered, has another name, or has no series because no label values were ever used.")
            .why(why)
            .stop();
    };
    if family.metric_type == metric_type {
        return Ok(family);
    }
    Failure::change(format!("Make `{name}` a {metric_type}."))
        .expected(format!("# TYPE {name} {metric_type}"))
        .seen(family.lines())
        .mistake(wrong_type(metric_type))
        .why(why)
        .stop()
}

fn wrong_type(metric_type: MetricType) -> &'static str {
    match metric_type {
        MetricType::Counter => "A gauge was taken for something that only ever goes up. Events want a counter.",
        MetricType::Gauge => "A counter was taken for something that also goes down. A state wants a gauge.",
        MetricType::Histogram => {
            "A summary was taken, or a counter of seconds. A histogram counts requests in buckets."
        }
        _ => "Another type of metric was taken than the lesson asks for.",
    }
}

/// Ends the check unless every series of the family has these labels.
fn require_labels(family: &Family, labels: &[&str], why: &str) -> Outcome {
    let lacks = |sample: &&Sample| labels.iter().any(|label| sample.label(label).is_none_or(str::is_empty));
    if !family.samples.is_empty() && !family.samples.iter().any(|sample| lacks(&sample)) {
        return Ok(());
    }
    let names = labels.iter().map(|label| format!("{label}=\"...\"")).collect::<Vec<_>>().join(",");
    let noun = if labels.len() == 1 { "label" } else { "labels" };
    Failure::change(format!("Give `{}` the {noun} {}.", family.name, labels.join(", ")))
        .expected(format!("{}{{{names}}}", family.name))
        .seen(family.lines())
        .mistake("A label is missing, misspelt or empty.")
        .why(why)
        .stop()
}

/// What a page offers, when it lacks what was looked for: the names that begin alike come first.
fn type_lines(page: &Page, name: &str) -> Vec<String> {
    let alike = |family: &&Family| name.bytes().zip(family.name.bytes()).take_while(|(a, b)| a == b).count();
    let mut families: Vec<_> = page.families.iter().collect();
    families.sort_by_key(|family| Reverse(alike(family)));
    let lines: Vec<_> =
        families.iter().map(|family| format!("# TYPE {} {}", family.name, family.metric_type)).collect();
    if lines.is_empty() { vec!["a page without any metric".into()] } else { lines }
}

/// The lines of a family, or word that there is none.
fn family_lines(page: &Page, name: &str) -> Vec<String> {
    match page.family(name) {
        Some(family) => family.lines().map(str::to_owned).collect(),
        None => vec![format!("no metric `{name}`")],
    }
}

/// The lines of this name that differ between two pages.
fn moved_lines(before: &Page, after: &Page, name: &str) -> Vec<String> {
    let stays = |line: &str| before.samples().any(|sample| sample.line == line);
    after.series(name).filter(|sample| !stays(&sample.line)).map(|sample| sample.line.clone()).collect()
}

/// By how much the sum of all series with these labels rose.
fn rise(before: &Page, after: &Page, name: &str, labels: &[(&str, &str)]) -> f64 {
    after.sum(name, labels) - before.sum(name, labels)
}
