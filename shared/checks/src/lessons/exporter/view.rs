//! A view of PostgreSQL, held against its series.

use tokio::time::Instant;

use super::lines::{last_log_lines, lines, series};
use super::require::require_family;
use crate::exposition::MetricType;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::PATIENCE;
use crate::subject::exporter::{Exporter, Session};

/// How far a value may be from PostgreSQL's, as a share of it: what rounding does, or a second of a time since 1970.
const TOLERANCE: f64 = 1e-9;

/// A row of a view.
pub(super) struct View<'a> {
    /// Where the row comes from: the SQL after `FROM`.
    pub(super) row: &'a str,
    pub(super) columns: &'a [Column],
    /// The labels that its series have, and their values. A label without a value is one that nobody can foretell.
    pub(super) labels: &'a [(&'a str, Option<&'a str>)],
    pub(super) why: &'a str,
}

/// A value of the row.
pub(super) struct Column {
    /// Its metric.
    pub(super) metric: &'static str,
    pub(super) metric_type: MetricType,
    /// What PostgreSQL says, as SQL.
    pub(super) sql: &'static str,
}

impl Column {
    pub(super) const fn counter(metric: &'static str, sql: &'static str) -> Self {
        Self { metric, metric_type: MetricType::Counter, sql }
    }

    pub(super) const fn gauge(metric: &'static str, sql: &'static str) -> Self {
        Self { metric, metric_type: MetricType::Gauge, sql }
    }
}

/// One look at a column, with PostgreSQL asked before and after the scrape.
struct Look<'a> {
    column: &'a Column,
    before: f64,
    after: f64,
    /// What is on the page.
    value: Option<f64>,
    seen: Vec<String>,
}

impl View<'_> {
    /// All families are there, and the values of this row are PostgreSQL's own at the time of the scrape.
    ///
    /// A counter never goes back, so it has to lie between what PostgreSQL says before and after the scrape. A gauge may
    /// go up and down meanwhile; it gets another chance.
    pub(super) async fn is_on_the_page(&self, exporter: &Exporter, session: &mut Session) -> Outcome {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let wrong = self.first_wrong(exporter, session).await?;
            let Some(look) = wrong else { return Ok(()) };
            if look.column.metric_type == MetricType::Counter || Instant::now() >= deadline {
                return self.explain(exporter, look).stop();
            }
        }
    }

    async fn first_wrong(&self, exporter: &Exporter, session: &mut Session) -> Outcome<Option<Look<'_>>> {
        let query = self.query();
        let names: Vec<_> = self.labels.iter().map(|(name, _)| *name).collect();
        let before = session.numbers(&query).await?;
        let page = exporter.app.scrape().await?;
        let after = session.numbers(&query).await?;
        let labels = self.known_labels();
        for ((column, before), after) in self.columns.iter().zip(before).zip(after) {
            require_family(exporter, &page, column.metric, column.metric_type, &names, self.why)?;
            let value = page.matching(column.metric, &labels).next().map(|sample| sample.value);
            let look = Look { column, before, after, value, seen: lines(&page, column.metric, &labels) };
            if !look.is_right() {
                return Ok(Some(look));
            }
        }
        Ok(None)
    }

    fn query(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|column| format!("({})::float8", column.sql)).collect();
        format!("SELECT {} FROM {}", columns.join(", "), self.row)
    }

    fn known_labels(&self) -> Vec<(&str, &str)> {
        self.labels.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect()
    }

    fn explain(&self, exporter: &Exporter, look: Look<'_>) -> Failure {
        let mistake = look.mistake();
        let Look { column, before, after, seen, .. } = look;
        let values = if before == after { format!("{after}") } else { format!("between {before} and {after}") };
        Failure::change(format!("Make `{}` what PostgreSQL says at the time of the scrape.", column.metric))
            .expected(format!(
                "{}: {values}, as `SELECT {} FROM {}`",
                series(column.metric, &self.known_labels()),
                column.sql,
                self.row
            ))
            .seen(seen)
            .seen(last_log_lines(exporter))
            .mistake(mistake)
            .why(self.why)
    }
}

impl Look<'_> {
    fn is_right(&self) -> bool {
        self.value.is_some_and(|value| is_between(value, self.before, self.after))
    }

    fn mistake(&self) -> &'static str {
        match self.value {
            None => {
                "The query has no such row. Or the value is null, which makes no series: the official exporter says 0."
            }
            Some(value) if is_between(value / 1000.0, self.before, self.after) => {
                "Milliseconds were taken for seconds."
            }
            Some(_) => {
                "Another column was taken. Or the value was read before the scrape: at the start, on a timer, or from a cache."
            }
        }
    }
}

pub(super) fn is_between(value: f64, one: f64, other: f64) -> bool {
    let slack = value.abs() * TOLERANCE;
    one.min(other) - slack <= value && value <= one.max(other) + slack
}
