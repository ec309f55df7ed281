//! What a page must have before anything else can be judged: a family of the right type, with its labels.

use super::lines::type_lines;
use crate::exposition::{Family, MetricType, Page, Sample};
use crate::outcome::{Failure, Outcome};

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

/// Ends the check unless every series of the family has these labels.
pub(super) fn require_labels(family: &Family, labels: &[&str], why: &str) -> Outcome {
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
