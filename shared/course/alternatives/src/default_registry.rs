//! The crate `prometheus` with its global registry and its macros. All apps of the process share the metrics.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Result;
use prometheus::{
    Gauge, HistogramVec, IntCounterVec, IntGaugeVec, TextEncoder, register_gauge, register_histogram_vec,
    register_int_counter_vec, register_int_gauge_vec,
};
use summary::{SummaryOpts, SummaryVec};

use crate::metrics::{APP_INFO, GAUGES, LATENCY_BUCKETS, Metrics, QUANTILES};
use crate::prometheus_crate::window;

type Made<T> = LazyLock<prometheus::Result<T>>;

static CART_ADDITIONS: Made<IntCounterVec> =
    LazyLock::new(|| register_int_counter_vec!("cart_additions_total", "Additions.", &["product"]));
static HTTP_REQUESTS: Made<IntCounterVec> =
    LazyLock::new(|| register_int_counter_vec!("http_requests_total", "Requests.", &["method", "path", "status_code"]));
static HTTP_EXCEPTIONS: Made<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!("http_exceptions_total", "Exceptions.", &["method", "path", "exception_type"])
});
static IN_PROGRESS: Made<IntGaugeVec> =
    LazyLock::new(|| register_int_gauge_vec!("http_requests_in_progress", "Requests right now.", &["method", "path"]));
static DURATION: Made<HistogramVec> = LazyLock::new(|| {
    let buckets = LATENCY_BUCKETS.to_vec();
    register_histogram_vec!("http_request_duration_seconds", "Latency.", &["method", "path"], buckets)
});
static QUERY_DURATION: Made<SummaryVec> = LazyLock::new(|| {
    let opts = SummaryOpts::new("db_query_duration_seconds", "Latency of the database.");
    let summary = SummaryVec::new(opts.quantiles(QUANTILES.to_vec()).max_age(window()), &["operation"])?;
    prometheus::register(Box::new(summary.clone()))?;
    Ok(summary)
});
static MACHINE: Made<BTreeMap<&str, Gauge>> =
    LazyLock::new(|| GAUGES.into_iter().map(|name| Ok((name, register_gauge!(name, "A gauge.")?))).collect());
static APP: Made<()> = LazyLock::new(|| {
    let info = register_int_gauge_vec!("app_info", "What runs.", &APP_INFO.map(|(name, _)| name))?;
    info.with_label_values(&APP_INFO.map(|(_, value)| value)).set(1);
    Ok(())
});

/// All metrics, registered.
pub(crate) struct DefaultRegistry {
    cart_additions: &'static IntCounterVec,
    http_requests: &'static IntCounterVec,
    http_exceptions: &'static IntCounterVec,
    in_progress: &'static IntGaugeVec,
    duration: &'static HistogramVec,
    query_duration: &'static SummaryVec,
    machine: &'static BTreeMap<&'static str, Gauge>,
}

impl DefaultRegistry {
    pub(crate) fn new() -> Result<Self> {
        made(&APP)?;
        Ok(Self {
            cart_additions: made(&CART_ADDITIONS)?,
            http_requests: made(&HTTP_REQUESTS)?,
            http_exceptions: made(&HTTP_EXCEPTIONS)?,
            in_progress: made(&IN_PROGRESS)?,
            duration: made(&DURATION)?,
            query_duration: made(&QUERY_DURATION)?,
            machine: made(&MACHINE)?,
        })
    }
}

fn made<T>(metric: &'static Made<T>) -> Result<&'static T> {
    LazyLock::force(metric).as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

impl Metrics for DefaultRegistry {
    fn add_to_cart(&self, product: &str, additions: u64) {
        self.cart_additions.with_label_values(&[product]).inc_by(additions);
    }

    fn answer(&self, method: &str, path: &str, status_code: u16, elapsed: Duration) {
        self.http_requests.with_label_values(&[method, path, &status_code.to_string()]).inc();
        self.duration.with_label_values(&[method, path]).observe(elapsed.as_secs_f64());
    }

    fn exception(&self, method: &str, path: &str, exception_type: &str) {
        self.http_exceptions.with_label_values(&[method, path, exception_type]).inc();
    }

    fn in_progress(&self, method: &str, path: &str, change: i64) {
        self.in_progress.with_label_values(&[method, path]).add(change);
    }

    fn query(&self, operation: &str, elapsed: Duration) {
        self.query_duration.with_label_values(&[operation]).observe(elapsed.as_secs_f64());
    }

    fn set(&self, gauge: &str, value: f64) {
        if let Some(gauge) = self.machine.get(gauge) {
            gauge.set(value);
        }
    }

    fn page(&self) -> Result<(&'static str, String)> {
        Ok((prometheus::TEXT_FORMAT, TextEncoder::new().encode_to_string(&prometheus::gather())?))
    }
}
