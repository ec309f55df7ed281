//! A clock that is moved by hand, and a reader of the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus::TextEncoder;
use prometheus::core::Collector;
use summary::{Clock, Summary, SummaryOpts};

/// A clock that moves only when a test says so. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl HandClock {
    pub(crate) fn advance(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_nanos()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn turn_back(&self, time: Duration) {
        self.0.fetch_sub(u64::try_from(time.as_nanos()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn opts() -> SummaryOpts {
    SummaryOpts::new("duration_seconds", "How long it takes.")
}

/// A summary with these quantiles and otherwise the defaults: 5 age buckets of 2 minutes each.
pub(crate) fn summary_with(quantiles: &[f64], clock: &HandClock) -> Summary {
    Summary::with_opts(opts().quantiles(quantiles.to_vec()).clock(clock.clone())).unwrap()
}

pub(crate) fn page(collector: &dyn Collector) -> String {
    TextEncoder::new().encode_to_string(&collector.collect()).unwrap()
}

/// The value of a quantile on the page of a summary without labels.
pub(crate) fn quantile(summary: &Summary, quantile: f64) -> f64 {
    let page = page(summary);
    let series = format!("duration_seconds{{quantile=\"{quantile}\"}} ");
    page.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
}

/// Whether `value` is what a summary may report for an observation of `exact`.
pub(crate) fn is_close(value: f64, exact: f64) -> bool {
    (value - exact).abs() <= 0.008 * exact
}
