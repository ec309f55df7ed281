//! What the page must have, as the official exporter has it: a family of the right type, with these labels and no others.

use super::lines::last_log_lines;
use crate::exposition::{Family, MetricType, Page, Sample};
use crate::lessons::lines::type_lines;
use crate::lessons::require::wrong_type;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;

/// The family of this name and type, with these labels and no others. A label may be empty.
pub(super) fn require_family<'a>(
    exporter: &Exporter,
    page: &'a Page,
    name: &str,
    metric_type: MetricType,
    labels: &[&str],
    why: &str,
) -> Outcome<&'a Family> {
    let Some(family) = page.family(name).filter(|family| !family.samples.is_empty()) else {
        return Failure::change(format!("Add the {metric_type} `{name}` to the page."))
            .expected(format!("# TYPE {name} {metric_type}"))
            .seen(type_lines(page, name))
            .seen(last_log_lines(exporter))
            .mistake("Its collector is not written yet, is missing from `COLLECTORS`, or its query fails: then the program's log tells why.")
            .why(why)
            .stop();
    };
    if family.metric_type != metric_type {
        return Failure::change(format!("Make `{name}` a {metric_type}, as it is in the official exporter."))
            .expected(format!("# TYPE {name} {metric_type}"))
            .seen(family.lines())
            .mistake(wrong_type(metric_type))
            .why("`rate` of a gauge is nonsense as soon as the server restarts, and tools that read the type draw the wrong graph.")
            .stop();
    }
    require_labels(family, labels)?;
    Ok(family)
}

fn require_labels(family: &Family, labels: &[&str]) -> Outcome {
    let has = |label: &str| family.samples.iter().any(|sample| sample.label(label).is_some());
    let is_other = |sample: &Sample| sample.labels.keys().any(|label| !labels.contains(&label.as_str()));
    if labels.iter().all(|label| has(label)) && !family.samples.iter().any(is_other) {
        return Ok(());
    }
    let names: Vec<_> = labels.iter().map(|label| format!("{label}=\"...\"")).collect();
    let (change, names) = if labels.is_empty() {
        (format!("Give `{}` no label.", family.name), String::new())
    } else {
        (
            format!("Give `{}` the labels {}, and no others.", family.name, labels.join(", ")),
            format!("{{{}}}", names.join(",")),
        )
    };
    Failure::change(change)
        .expected(format!("{}{names}", family.name))
        .seen(family.lines())
        .mistake("A label is missing, misspelt or too much.")
        .why("Dashboards and alerts that were made for the official exporter ask for these labels. A label more or less, and they show nothing.")
        .stop()
}
