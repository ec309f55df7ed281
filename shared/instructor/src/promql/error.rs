//! What can be wrong with a query.

use std::time::Duration;

/// The shortest window of a rate. It has to hold four scrapes, or a single one that fails leaves a gap.
pub const MIN_RATE_WINDOW: Duration = Duration::from_secs(30);

/// What is wrong with a query.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// It is not PromQL.
    #[error("not PromQL: {0}")]
    Syntax(String),
    /// `rate` takes each fall of a value for a restart of the process.
    #[error("{function} of {metric}, which is no counter: its name has no _total, _sum, _count or _bucket")]
    RateOfGauge {
        /// The function.
        function: String,
        /// The metric.
        metric: String,
    },
    /// A sum of counters falls when one of them goes away, which `rate` takes for a restart.
    #[error("{0} of something that is no plain counter: take the rate first, and the sum of it")]
    RateOfExpression(String),
    /// One missed scrape, and there is nothing to take a rate of.
    #[error("a {function} over {window:?}: take at least {MIN_RATE_WINDOW:?}")]
    ShortWindow {
        /// The function.
        function: String,
        /// Its window.
        window: Duration,
    },
    /// Nobody can tell a quantile of all from the quantiles of each.
    #[error("an average or a sum of quantiles means nothing")]
    CombinedQuantiles,
    /// The buckets are told apart by `le` alone.
    #[error("histogram_quantile of buckets that are not grouped by le")]
    NoBuckets,
    /// Seconds and bytes make no sum.
    #[error("it mixes units that have no unit together")]
    MixedUnits,
}
