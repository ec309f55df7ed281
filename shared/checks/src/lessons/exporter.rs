//! Lesson 05: what does the database itself say?

mod activity;
mod clean_page;
mod database;
mod locks;
mod resilience;
mod settings;
mod tables;
mod view;

use futures_util::FutureExt;

use crate::check::{Check, Run};
use crate::exposition::{Family, MetricType, Page, Sample};
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;

const LESSON: &str = "05-postgres-exporter";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "database", run: Run::Exporter(|exporter| database::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "activity", run: Run::Exporter(|exporter| activity::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "locks", run: Run::Exporter(|exporter| locks::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "settings", run: Run::Exporter(|exporter| settings::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "tables", run: Run::Exporter(|exporter| tables::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "resilience", run: Run::Exporter(|exporter| resilience::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Exporter(|exporter| clean_page::check(exporter).boxed()) },
];

const UP: &str = "pg_up";
const SUCCESS: &str = "pg_scrape_collector_success";
const DURATION: &str = "pg_scrape_collector_duration_seconds";
/// How many lines of the program's log an explanation shows.
const LOG_LINES: usize = 3;

/// The names of all families of the lesson, for a snapshot; of the settings, those that the check looks at.
pub(crate) fn families() -> Vec<String> {
    let own = [UP, SUCCESS, DURATION].into_iter().chain(clean_page::OWN);
    let views =
        [database::STATISTICS, database::SIZES, tables::COLUMNS].into_iter().flatten().map(|column| column.metric);
    let names = own.chain(views).chain(activity::METRICS).chain([locks::LOCKS]).map(str::to_owned);
    names.chain(settings::metrics()).collect()
}

/// The family of this name and type, with these labels and no others. A label may be empty.
fn require_family<'a>(
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
            .seen(super::type_lines(page, name))
            .seen(last_log_lines(exporter))
            .mistake("Its collector is not written yet, is missing from `COLLECTORS`, or its query fails: then the program's log tells why.")
            .why(why)
            .stop();
    };
    if family.metric_type != metric_type {
        return Failure::change(format!("Make `{name}` a {metric_type}, as it is in the official exporter."))
            .expected(format!("# TYPE {name} {metric_type}"))
            .seen(family.lines())
            .mistake(super::wrong_type(metric_type))
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

/// What the program has complained about last, if it has.
fn last_log_lines(exporter: &Exporter) -> Vec<String> {
    let log = exporter.running.log();
    let is_complaint = |line: &&str| line.contains("WARN") || line.contains("ERROR");
    let lines: Vec<_> = log.lines().filter(is_complaint).map(|line| format!("log: {line}")).collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].to_vec()
}

/// The lines of some series, or word that there is none.
fn lines(page: &Page, name: &str, labels: &[(&str, &str)]) -> Vec<String> {
    let lines: Vec<_> = page.matching(name, labels).map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { vec![format!("no series {}", series(name, labels))] } else { lines }
}

/// A series as a page has it.
fn series(name: &str, labels: &[(&str, &str)]) -> String {
    let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
    if labels.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", labels.join(",")) }
}
