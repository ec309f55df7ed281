//! A column of a view, and the metric that it becomes.

use exposition::MetricType;

/// How far a number may be from PostgreSQL's, as a share of it: what rounding does.
const TOLERANCE: f64 = 1e-9;

/// A value of a row.
pub(super) struct Column {
    /// Its metric.
    pub(super) metric: &'static str,
    pub(super) metric_type: MetricType,
    /// What PostgreSQL says, as SQL.
    pub(super) sql: &'static str,
    pub(super) kind: Kind,
    /// Where the view may have null.
    pub(super) null: Option<Null>,
}

/// How exactly a value is that of PostgreSQL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    /// Seconds since 1970, with a fraction or without.
    Time,
    /// Seconds since 1970, without a fraction.
    WholeSeconds,
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
        Self { metric, metric_type: MetricType::Counter, sql, kind: Kind::Number, null: None }
    }

    pub(super) const fn gauge(metric: &'static str, sql: &'static str) -> Self {
        Self { metric, metric_type: MetricType::Gauge, sql, kind: Kind::Number, null: None }
    }

    pub(super) const fn or_null(self, null: Null) -> Self {
        Self { null: Some(null), ..self }
    }

    pub(super) const fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// Whether a value is PostgreSQL's own at some time between two looks at it.
    pub(super) fn accepts(&self, value: f64, before: f64, after: f64) -> bool {
        match self.kind {
            Kind::Number => is_between(value, before, after),
            // Rounded up or down.
            Kind::Time => value > before.min(after) - 1.0 && value < before.max(after) + 1.0,
            Kind::WholeSeconds => {
                value.fract() == 0.0 && value > before.min(after) - 1.0 && value < before.max(after) + 1.0
            }
        }
    }
}

pub(super) fn is_between(value: f64, one: f64, other: f64) -> bool {
    let slack = value.abs() * TOLERANCE;
    one.min(other) - slack <= value && value <= one.max(other) + slack
}
