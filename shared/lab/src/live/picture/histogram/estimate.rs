//! A quantile, as PromQL's `histogram_quantile` estimates it from classic buckets, and the bucket that it is in.

use serde::Serialize;

/// A quantile that lies somewhere in a bucket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Estimate {
    quantile: f64,
    /// As if the observations lay evenly in the bucket.
    estimate: f64,
    /// The bounds of the bucket: all that is known for sure.
    low: f64,
    /// None where the bucket has no upper bound. The estimate is then the lower one.
    high: Option<f64>,
}

impl Estimate {
    /// Of buckets that end with `+Inf`, each with all below it. There is none of nothing.
    ///
    /// Source: Prometheus, `promql/quantile.go`, `BucketQuantile`.
    pub(super) fn of(quantile: f64, bounds: &[f64], cumulative: &[f64]) -> Option<Self> {
        let all = *cumulative.last()?;
        if bounds.len() < 2 || bounds.last() != Some(&f64::INFINITY) || all <= 0.0 {
            return None;
        }
        let rank = quantile * all;
        let last = bounds.len() - 1;
        let place = cumulative.iter().position(|count| *count >= rank).unwrap_or(last);
        if place == last {
            let low = bounds[last - 1];
            return Some(Self { quantile, estimate: low, low, high: None });
        }
        let high = bounds[place];
        let (low, below) = match place.checked_sub(1) {
            Some(before) => (bounds[before], cumulative[before]),
            // Durations and sizes begin at 0; what may be negative has no lower bound to estimate from.
            None if high <= 0.0 => (high, 0.0),
            None => (0.0, 0.0),
        };
        let share = (rank - below) / (cumulative[place] - below);
        Some(Self { quantile, estimate: low + (high - low) * share, low, high: Some(high) })
    }
}

/// Lets no bucket be less than the one below it, which scrapes of several targets at different times can lead to.
pub(super) fn make_monotonic(cumulative: &mut [f64]) {
    let mut most = 0.0_f64;
    for count in cumulative {
        most = most.max(*count);
        *count = most;
    }
}
