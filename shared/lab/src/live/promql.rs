//! How Prometheus is asked for what a picture shows.

use checks::exposition::Labels;

use super::question::{Grouping, Question};

/// How much of the past a rate looks at, in seconds: ten scrapes of this program, and two of the course's Prometheus.
pub(super) const RATE_SECONDS: u64 = 10;

/// A series as queries name it.
pub(super) fn series(name: &str, labels: &Labels) -> String {
    selector(name, labels.iter().map(|(label, value)| (label.as_str(), value.as_str())))
}

/// Labels without a name before them, for a legend.
pub(super) fn labels(labels: &Labels) -> String {
    let words: Vec<_> = labels.iter().map(|(label, value)| format!("{label}={}", quoted(value))).collect();
    words.join(", ")
}

/// The value of each series, or their sums.
pub(super) fn value(question: &Question, name: &str) -> String {
    summed(question, &filtered(question, name))
}

/// The rate of each counter, or their sums: first `rate`, then `sum`, since a restart of one is no restart of all.
pub(super) fn rate(question: &Question, name: &str) -> String {
    summed(question, &format!("rate({}[{RATE_SECONDS}s])", filtered(question, name)))
}

/// A quantile, estimated from the buckets of a window.
pub(super) fn histogram_quantile(question: &Question, family: &str, quantile: f64) -> String {
    let buckets = filtered(question, &format!("{family}_bucket"));
    let by = match &question.grouping {
        Grouping::By(labels) => format!("le, {}", labels.join(", ")),
        Grouping::Each | Grouping::Sum => "le".to_owned(),
    };
    let minutes = question.window.div_ceil(60);
    format!("histogram_quantile({quantile}, sum by ({by}) (rate({buckets}[{minutes}m])))")
}

/// The series of a name that the filters leave.
pub(super) fn filtered(question: &Question, name: &str) -> String {
    selector(name, question.filters.iter().map(|(label, value)| (label.as_str(), value.as_str())))
}

fn summed(question: &Question, expression: &str) -> String {
    match &question.grouping {
        Grouping::Each => expression.to_owned(),
        Grouping::Sum => format!("sum({expression})"),
        Grouping::By(labels) => format!("sum by ({}) ({expression})", labels.join(", ")),
    }
}

fn selector<'a>(name: &str, labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let matchers: Vec<_> = labels.map(|(label, value)| format!("{label}={}", quoted(value))).collect();
    if matchers.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", matchers.join(",")) }
}

/// A string as PromQL writes it: the same escapes as on a page.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
