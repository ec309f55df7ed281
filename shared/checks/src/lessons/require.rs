//! What a page must have before anything else can be judged: a family of the right type, with its labels.

use exposition::{Family, MetricType, Page, Sample};

use super::families;
use super::lines::type_lines;
use crate::outcome::{Failure, Outcome};

/// Names that share fewer letters are not alike.
const MIN_ALIKE: usize = 6;

/// The family of this name and type, which the lesson asks for.
pub(super) fn require_family<'a>(
    page: &'a Page,
    name: &str,
    metric_type: MetricType,
    why: &str,
) -> Outcome<&'a Family> {
    let Some(family) = page.family(name) else {
        return Failure::change(format!("Add the {metric_type} `{name}` to the page."))
            .expected(format!("# TYPE {name} {metric_type}"))
            .seen(type_lines(page, name))
            .mistake(missing(page, name, metric_type))
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

/// Why a metric may be missing. One with labels has no series before its label values are used, and then no line at all.
fn missing(page: &Page, name: &str, metric_type: MetricType) -> String {
    let alike = page.families.iter().map(|family| family.name.as_str()).find(|other| {
        other.len() > MIN_ALIKE && (other.starts_with(name) || name.starts_with(other) || other.ends_with(name))
    });
    if let Some(other) = alike {
        return format!("The page has `{other}`. Is that the metric, under another name?");
    }
    if !families::has_labels(name) {
        return "The metric is not written yet, is made but not registered in the registry that the page shows, or has another name.".into();
    }
    let used = match metric_type {
        MetricType::Counter => "incremented",
        MetricType::Gauge => "set",
        _ => "observed",
    };
    format!(
        "The metric is not written yet, is made but not registered in the registry that the page shows, or has another name. Or it is registered, has labels, and was not {used} by then: a metric with labels has no line before that."
    )
}

pub(super) fn wrong_type(metric_type: MetricType) -> &'static str {
    match metric_type {
        MetricType::Counter => "A gauge was taken for something that only ever goes up. Events want a counter.",
        MetricType::Gauge => "A counter was taken for something that also goes down. A state wants a gauge.",
        MetricType::Histogram => {
            "A summary was taken, or a counter of seconds. A histogram counts requests in buckets."
        }
        _ => "Another type of metric was taken than the lesson asks for.",
    }
}

/// It is on the page, with its type and its help text.
fn has_no_series(family: &Family, why: &str) -> Outcome {
    Failure::change(format!("Use the label values of `{}`, so that it has series.", family.name))
        .expected(format!("lines of `{}` below its `# TYPE`", family.name))
        .seen(family.lines())
        .mistake("The metric is registered, but nothing was counted or observed: no label values were ever used.")
        .why(why)
        .stop()
}

/// Ends the check unless every series of the family has these labels.
pub(super) fn require_labels(family: &Family, labels: &[&str], why: &str) -> Outcome {
    let lacks = |sample: &&Sample| labels.iter().any(|label| sample.label(label).is_none_or(str::is_empty));
    if family.samples.is_empty() {
        return has_no_series(family, why);
    }
    if !family.samples.iter().any(|sample| lacks(&sample)) {
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
