//! All metrics of the course, from the pages of its solutions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Result, anyhow};
use checks::exposition::{Family, MetricType};
use checks::lessons::two_pages;

use super::GENERATED;
use crate::solutions;

/// The page that this makes, in the folder of the course.
pub const PATH: &str = "docs/src/reference/metrics.md";

const INTRODUCTION: &str = "\
# Metrics

All metrics of the course, as the solutions show them after some traffic. The lesson is the one that adds them. Help texts are those of
the solutions: yours may say it in your own words. Names and types are what the checks, the rules, the dashboards and the
queries of this book count on.

Of a histogram called `name`, the page has `name_bucket`, `name_sum` and `name_count`; of a summary the quantiles as `name`, and
`name_sum` and `name_count`.
";

/// PostgreSQL has other settings in each version: the page has one row for them all.
const SETTINGS: &str = "pg_settings_";

/// A row of the page.
struct Metric {
    name: String,
    metric_type: MetricType,
    labels: BTreeMap<String, BTreeSet<String>>,
    help: String,
}

/// Builds the solutions, runs them one after the other, and writes down what they show.
///
/// # Errors
///
/// When one cannot be built, or shows no page: for lessons 05 and 06, without PostgreSQL or a Pushgateway, too.
pub async fn page() -> Result<String> {
    solutions::build()?;
    let mut page = format!("{GENERATED}\n\n{INTRODUCTION}");
    let mut seen = BTreeSet::new();
    for lesson in solutions::names() {
        let mut metrics = metrics(lesson).await?;
        metrics.retain(|metric| seen.insert(metric.name.clone()));
        write!(page, "\n## `{lesson}`\n\n| metric | type | labels | help |\n|---|---|---|---|\n")?;
        for metric in metrics {
            writeln!(page, "{}", metric.row())?;
        }
    }
    Ok(page)
}

/// Those of a lesson's solution, in the order of their names.
async fn metrics(lesson: &str) -> Result<Vec<Metric>> {
    let page = two_pages::after_traffic(lesson, solutions::program(lesson)?).await;
    let page = page.map_err(|why| anyhow!("{lesson} shows no page: {why:?}"))?;
    let mut metrics: Vec<_> = page.families.iter().map(Metric::of).collect();
    metrics.sort_by(|one, other| one.name.cmp(&other.name));
    metrics.dedup_by(|one, other| one.name == other.name);
    Ok(metrics)
}

impl Metric {
    fn of(family: &Family) -> Self {
        if family.name.starts_with(SETTINGS) {
            return Self::settings();
        }
        let mut labels: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (name, value) in family.samples.iter().flat_map(|sample| &sample.labels) {
            labels.entry(name.clone()).or_default().insert(value.clone());
        }
        let help = family.help.clone().unwrap_or_default();
        Self { name: family.name.clone(), metric_type: family.metric_type, labels, help }
    }

    fn settings() -> Self {
        Self {
            name: format!("{SETTINGS}*"),
            metric_type: MetricType::Gauge,
            labels: BTreeMap::new(),
            help: "A setting of the server that is a number or a switch; each version of PostgreSQL has others."
                .to_owned(),
        }
    }

    fn row(&self) -> String {
        let labels: Vec<_> = self.labels.iter().map(|(name, values)| label(name, values)).collect();
        let help = self.help.replace('|', "\\|").replace('<', "&lt;");
        format!("| `{}` | {} | {} | {help} |", self.name, self.metric_type, labels.join(", "))
    }
}

/// A label, and where the metric itself decides on its values, those.
fn label(name: &str, values: &BTreeSet<String>) -> String {
    if !["le", "quantile"].contains(&name) {
        return format!("`{name}`");
    }
    let mut numbers: Vec<_> = values.iter().map(|value| (value.parse().unwrap_or(f64::NAN), value.as_str())).collect();
    numbers.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let values: Vec<_> = numbers.into_iter().map(|(_, value)| value).collect();
    format!("`{name}`: {}", values.join(" "))
}
