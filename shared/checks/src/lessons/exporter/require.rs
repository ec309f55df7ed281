//! What the page must have, as the official exporter has it: a family of the right type, with these labels and no others.

use std::collections::BTreeSet;

use exposition::{Family, MetricType, Page};

use super::missing::{Cause, has_failed};
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
        let Cause { seen, mistake } = Cause::of(exporter, page, name);
        return Failure::change(format!("Add the {metric_type} `{name}` to the page."))
            .expected(format!("# TYPE {name} {metric_type}"))
            .seen(if has_failed(page, name) { Vec::new() } else { type_lines(page, name) })
            .seen(seen)
            .mistake(mistake)
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
    let found = family.samples.iter().flat_map(|sample| sample.labels.keys());
    let other: BTreeSet<_> = found.filter(|label| !labels.contains(&label.as_str())).collect();
    let lacks: Vec<_> = labels.iter().filter(|label| !has(label)).collect();
    if lacks.is_empty() && other.is_empty() {
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
        .mistake(label_mistake(&lacks, &other))
        .why("Dashboards and alerts that were made for the official exporter ask for these labels. A label more or less, and they show nothing.")
        .stop()
}

fn label_mistake(lacks: &[&&str], other: &BTreeSet<&String>) -> String {
    if let Some(label) = lacks.first() {
        return format!("The label `{label}` is missing or misspelt.");
    }
    let other = other.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
    format!(
        "Too much is {other}. Leave out what names the target, since Prometheus adds that itself. And leave out what never stops having new values, such as a process id or the text of a query: each value is a series for ever."
    )
}
