//! The classic mistakes in a query, found in its syntax tree.

mod error;
mod expression;
mod unit;

use promql_parser::parser::token::{T_AVG, T_SUM};
use promql_parser::parser::{AggregateExpr, Call, Expr, LabelModifier, VectorSelector};

use expression::{find, metric_name};

pub use error::{MIN_RATE_WINDOW, QueryError};
pub use unit::{Unit, unit};

/// The metrics of the course whose series without a suffix are quantiles.
const SUMMARIES: [&str; 1] = ["db_query_duration_seconds"];

/// Counters that the official exporter for PostgreSQL, and so the course's, names as PostgreSQL does.
const COUNTERS_OF_POSTGRES: [&str; 4] = [
    "pg_stat_database_blks_hit",
    "pg_stat_database_blks_read",
    "pg_stat_database_xact_commit",
    "pg_stat_database_xact_rollback",
];

/// Looks for the classic mistakes in a query.
///
/// # Errors
///
/// The first one.
pub fn check(query: &str) -> Result<(), QueryError> {
    let expression = promql_parser::parser::parse(query).map_err(QueryError::Syntax)?;
    find(&expression, check_expression).map_or(Ok(()), Err)
}

fn check_expression(expression: &Expr) -> Option<QueryError> {
    match expression {
        Expr::Call(call) => match call.func.name {
            "rate" | "irate" | "increase" => check_rate(call),
            "histogram_quantile" => check_histogram_quantile(call),
            "avg_over_time" | "sum_over_time" if has_quantiles(expression) => Some(QueryError::CombinedQuantiles),
            _ => None,
        },
        Expr::Aggregate(aggregate) => {
            let combines = [T_AVG, T_SUM].contains(&aggregate.op.id());
            (combines && has_quantiles(&aggregate.expr)).then_some(QueryError::CombinedQuantiles)
        }
        _ => None,
    }
}

fn check_rate(call: &Call) -> Option<QueryError> {
    let function = call.func.name.to_owned();
    let Some(Expr::MatrixSelector(counter)) = call.args.args.first().map(|argument| without_parentheses(argument))
    else {
        return Some(QueryError::RateOfExpression(function));
    };
    let metric = metric_name(&counter.vs);
    let has_suffix = ["_total", "_sum", "_count", "_bucket"].iter().any(|suffix| metric.ends_with(suffix));
    if !has_suffix && !COUNTERS_OF_POSTGRES.contains(&metric.as_str()) {
        return Some(QueryError::RateOfGauge { function, metric });
    }
    (counter.range < MIN_RATE_WINDOW).then_some(QueryError::ShortWindow { function, window: counter.range })
}

fn check_histogram_quantile(call: &Call) -> Option<QueryError> {
    let buckets = call.args.args.get(1).map(|argument| without_parentheses(argument));
    let keeps_le = match buckets {
        Some(Expr::Aggregate(AggregateExpr { modifier: Some(LabelModifier::Include(labels)), .. })) => {
            labels.labels.iter().any(|label| label == "le")
        }
        Some(Expr::Aggregate(AggregateExpr { modifier: Some(LabelModifier::Exclude(labels)), .. })) => {
            !labels.labels.iter().any(|label| label == "le")
        }
        Some(Expr::Aggregate(_)) => false,
        // Without an aggregation, every series keeps its labels.
        _ => true,
    };
    (!keeps_le).then_some(QueryError::NoBuckets)
}

/// Whether there are quantiles in it, of a summary or computed.
fn has_quantiles(expression: &Expr) -> bool {
    find(expression, |expression| match expression {
        Expr::VectorSelector(selector) => is_quantile(selector).then_some(()),
        Expr::MatrixSelector(selector) => is_quantile(&selector.vs).then_some(()),
        Expr::Call(call) => (call.func.name == "histogram_quantile").then_some(()),
        _ => None,
    })
    .is_some()
}

fn is_quantile(selector: &VectorSelector) -> bool {
    SUMMARIES.contains(&metric_name(selector).as_str()) || !selector.matchers.find_matchers("quantile").is_empty()
}

fn without_parentheses(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(parentheses) => without_parentheses(&parentheses.expr),
        other => other,
    }
}
