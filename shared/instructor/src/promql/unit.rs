//! The unit of a query's values, as the names of the metrics and the functions around them say.

use promql_parser::parser::token::{T_ADD, T_COUNT, T_DIV, T_GROUP, T_LAND, T_LOR, T_LUNLESS, T_MUL, T_SUB};
use promql_parser::parser::{AggregateExpr, BinaryExpr, Call, Expr};

use super::error::QueryError;
use super::expression::{find, metric_name};

/// In what the values of a query are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things that are counted.
    Number,
    /// A part of a whole, 0 to 1. A second per second is one, too.
    Share,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Things per second.
    PerSecond,
    /// Bytes per second.
    BytesPerSecond,
}

impl Unit {
    /// The units of Grafana that show it rightly.
    pub fn in_grafana(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["short"],
            Self::Share => &["percentunit"],
            Self::Seconds => &["s"],
            Self::Bytes => &["bytes"],
            Self::PerSecond => &["reqps", "ops"],
            Self::BytesPerSecond => &["binBps"],
        }
    }

    /// Of a metric's name, by Prometheus's own rules for names, and of a recording rule's: `level:metric:operations`.
    fn of_metric(name: &str) -> Self {
        if let Some((_, operations)) = name.rsplit_once(':') {
            return if operations.starts_with("ratio") { Self::Share } else { Self::of_recorded(name, operations) };
        }
        if name.ends_with("_bucket") || name.ends_with("_count") {
            return Self::Number;
        }
        let name = name.strip_suffix("_total").or_else(|| name.strip_suffix("_sum")).unwrap_or(name);
        match name.rsplit('_').next() {
            Some("ratio") => Self::Share,
            // PostgreSQL's exporters have `pg_stat_activity_max_tx_duration`, in seconds.
            Some("seconds" | "duration") => Self::Seconds,
            Some("bytes") => Self::Bytes,
            _ => Self::Number,
        }
    }

    fn of_recorded(name: &str, operations: &str) -> Self {
        let metric = name.split(':').nth(1).unwrap_or_default();
        let unit = Self::of_metric(metric);
        if operations.starts_with("rate") { unit.per_second().unwrap_or(unit) } else { unit }
    }

    fn per_second(self) -> Option<Self> {
        match self {
            Self::Number => Some(Self::PerSecond),
            Self::Seconds => Some(Self::Share),
            Self::Bytes => Some(Self::BytesPerSecond),
            Self::Share | Self::PerSecond | Self::BytesPerSecond => None,
        }
    }

    fn divided_by(self, divisor: Self) -> Option<Self> {
        match (self, divisor) {
            (Self::Share, Self::PerSecond) => Some(Self::Seconds),
            (unit, Self::Seconds) if unit != Self::Seconds => unit.per_second(),
            (unit, divisor) if unit == divisor => Some(Self::Share),
            _ => None,
        }
    }
}

/// The unit of a query's values; none for a number that stands for itself, as in `vector(0)`.
///
/// # Errors
///
/// When it is not PromQL, or mixes units that have no unit together.
pub fn unit(query: &str) -> Result<Option<Unit>, QueryError> {
    of(&promql_parser::parser::parse(query).map_err(QueryError::Syntax)?)
}

fn of(expression: &Expr) -> Result<Option<Unit>, QueryError> {
    match expression {
        Expr::VectorSelector(selector) => Ok(Some(Unit::of_metric(&metric_name(selector)))),
        Expr::MatrixSelector(selector) => Ok(Some(Unit::of_metric(&metric_name(&selector.vs)))),
        Expr::Paren(parentheses) => of(&parentheses.expr),
        Expr::Unary(unary) => of(&unary.expr),
        Expr::Subquery(subquery) => of(&subquery.expr),
        Expr::Aggregate(aggregate) => of_aggregate(aggregate),
        Expr::Binary(binary) => of_binary(binary),
        Expr::Call(call) => of_call(call),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Ok(None),
    }
}

fn of_aggregate(aggregate: &AggregateExpr) -> Result<Option<Unit>, QueryError> {
    if [T_COUNT, T_GROUP].contains(&aggregate.op.id()) { Ok(Some(Unit::Number)) } else { of(&aggregate.expr) }
}

fn of_call(call: &Call) -> Result<Option<Unit>, QueryError> {
    let unit_of_argument = |index: usize| call.args.args.get(index).map_or(Ok(None), |argument| of(argument));
    match call.func.name {
        "time" | "timestamp" => Ok(Some(Unit::Seconds)),
        "absent" | "absent_over_time" | "changes" | "count_over_time" | "resets" => Ok(Some(Unit::Number)),
        "rate" | "irate" | "deriv" => match unit_of_argument(0)? {
            Some(unit) => unit.per_second().map(Some).ok_or(QueryError::MixedUnits),
            None => Ok(None),
        },
        "histogram_quantile" => Ok(call.args.args.get(1).and_then(|buckets| unit_of_buckets(buckets))),
        _ => unit_of_argument(0),
    }
}

/// What a histogram measures, rather than what its buckets count.
fn unit_of_buckets(buckets: &Expr) -> Option<Unit> {
    find(buckets, |expression| match expression {
        Expr::MatrixSelector(selector) => metric_name(&selector.vs).strip_suffix("_bucket").map(Unit::of_metric),
        _ => None,
    })
}

fn of_binary(binary: &BinaryExpr) -> Result<Option<Unit>, QueryError> {
    let (left, right) = (of(&binary.lhs)?, of(&binary.rhs)?);
    let (Some(left_unit), Some(right_unit)) = (left, right) else { return Ok(left.or(right)) };
    let unit = match binary.op.id() {
        T_DIV => left_unit.divided_by(right_unit),
        T_MUL => [(left_unit, right_unit), (right_unit, left_unit)]
            .into_iter()
            .find_map(|(factor, unit)| matches!(factor, Unit::Share | Unit::Number).then_some(unit)),
        T_ADD | T_SUB | T_LOR => (left_unit == right_unit).then_some(left_unit),
        T_LAND | T_LUNLESS => Some(left_unit),
        _ if returns_bool(binary) => Some(Unit::Number),
        _ => Some(left_unit),
    };
    unit.map(Some).ok_or(QueryError::MixedUnits)
}

fn returns_bool(binary: &BinaryExpr) -> bool {
    binary.modifier.as_ref().is_some_and(|modifier| modifier.return_bool)
}
