//! A view of PostgreSQL, held against its series.

use tokio::time::Instant;

use super::lines::{last_log_lines, lines, series};
use super::missing::{Cause, has_failed};
use super::require::require_family;
use crate::exposition::{MetricType, Page};
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
    /// Where the view may have null.
    pub(super) null: Option<Null>,
}

/// A column of a view that may be null, and 0 in the official exporter.
pub(super) struct Null {
    /// Its name.
    pub(super) column: &'static str,
    /// What null says.
    pub(super) meaning: &'static str,
    /// The SQL that makes it 0.
    pub(super) instead: &'static str,
}

impl Null {
    /// When something was done last.
    pub(super) const fn time(column: &'static str, meaning: &'static str) -> Self {
        Self { column, meaning, instead: "'epoch'" }
    }

    pub(super) const fn number(column: &'static str, meaning: &'static str) -> Self {
        Self { column, meaning, instead: "0" }
    }
}

impl Column {
    pub(super) const fn counter(metric: &'static str, sql: &'static str) -> Self {
        Self { metric, metric_type: MetricType::Counter, sql, null: None }
    }

    pub(super) const fn gauge(metric: &'static str, sql: &'static str) -> Self {
        Self { metric, metric_type: MetricType::Gauge, sql, null: None }
    }

    pub(super) const fn or_null(self, null: Null) -> Self {
        Self { null: Some(null), ..self }
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
            let Some((look, page)) = wrong else { return Ok(()) };
            if look.column.metric_type == MetricType::Counter || Instant::now() >= deadline {
                return self.explain(exporter, look, &page).stop();
            }
        }
    }

    async fn first_wrong(&self, exporter: &Exporter, session: &mut Session) -> Outcome<Option<(Look<'_>, Page)>> {
        let query = self.query();
        let names: Vec<_> = self.labels.iter().map(|(name, _)| *name).collect();
        let before = session.numbers(&query).await?;
        let page = exporter.app.scrape().await?;
        let after = session.numbers(&query).await?;
        let labels = self.known_labels();
        for ((column, before), after) in self.columns.iter().zip(before).zip(after) {
            self.null_is_shown(session, &page, column).await?;
            require_family(exporter, &page, column.metric, column.metric_type, &names, self.why)?;
            let value = page.matching(column.metric, &labels).next().map(|sample| sample.value);
            let look = Look { column, before, after, value, seen: lines(&page, column.metric, &labels) };
            if !look.is_right() {
                return Ok(Some((look, page)));
            }
        }
        Ok(None)
    }

    /// Ends the check where a column is null, nothing has failed, and there is no series.
    async fn null_is_shown(&self, session: &mut Session, page: &Page, column: &Column) -> Outcome {
        let labels = self.known_labels();
        let Column { metric, null: Some(Null { column, meaning, instead }), .. } = column else { return Ok(()) };
        if page.matching(metric, &labels).next().is_some() || has_failed(page, metric) {
            return Ok(());
        }
        let is_null = format!("SELECT ({column} IS NULL)::int::float8 FROM {}", self.row);
        if session.number(&is_null).await? == 0.0 {
            return Ok(());
        }
        Failure::change(format!("Show `{metric}` also where `{column}` is null."))
            .expected(format!("{} 0, as the official exporter has it", series(metric, &labels)))
            .seen(lines(page, metric, &labels))
            .seen([format!("SELECT {column} FROM {}: null", self.row)])
            .mistake(format!("Null says that {meaning}. It makes no series, so the query has to say what to show instead: `coalesce({column}, {instead})`. Or the query does not ask for `{column}` yet."))
            .why("A series that is missing looks like an exporter that is broken, and no alert can compare it.")
            .stop()
    }

    fn query(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|column| format!("({})::float8", column.sql)).collect();
        format!("SELECT {} FROM {}", columns.join(", "), self.row)
    }

    fn known_labels(&self) -> Vec<(&str, &str)> {
        self.labels.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect()
    }

    fn explain(&self, exporter: &Exporter, look: Look<'_>, page: &Page) -> Failure {
        let mistake = look.mistake(exporter, page);
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

    fn mistake(&self, exporter: &Exporter, page: &Page) -> String {
        match self.value {
            None => Cause::of(exporter, page, self.column.metric).mistake,
            Some(value) if is_between(value / 1000.0, self.before, self.after) => "Milliseconds were taken for seconds.".into(),
            Some(_) => "Another column was taken. Or the value was read before the scrape: at the start, on a timer, or from a cache.".into(),
        }
    }
}

pub(super) fn is_between(value: f64, one: f64, other: f64) -> bool {
    let slack = value.abs() * TOLERANCE;
    one.min(other) - slack <= value && value <= one.max(other) + slack
}
