//! The facade `metrics` with `metrics-exporter-prometheus` behind it: one recorder for the whole process.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::Result;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::metrics::{APP_INFO, GAUGES, LATENCY_BUCKETS, Metrics, QUANTILES};
use crate::prometheus_crate::window;

/// The window of the quantiles moves in so many steps.
const WINDOW_STEPS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

/// The recorder's page.
#[derive(Clone)]
pub(crate) struct MetricsCrate {
    handle: PrometheusHandle,
}

/// A recorder with the buckets and the quantiles of the course. What has no buckets becomes a summary.
pub(crate) fn recorder() -> Result<PrometheusRecorder> {
    let latency = Matcher::Full("http_request_duration_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(latency, &LATENCY_BUCKETS)?;
    let builder = builder.set_quantiles(&QUANTILES)?.set_bucket_duration(window() / WINDOW_STEPS.get())?;
    Ok(builder.set_bucket_count(WINDOW_STEPS).build_recorder())
}

impl MetricsCrate {
    /// Makes the recorder that of the process.
    pub(crate) fn install() -> Result<Self> {
        let recorder = recorder()?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)?;
        Ok(Self::of(handle))
    }

    /// With a recorder that is installed already.
    pub(crate) fn of(handle: PrometheusHandle) -> Self {
        describe_counter!("cart_additions_total", "Additions.");
        describe_counter!("http_requests_total", "Requests.");
        describe_counter!("http_exceptions_total", "Exceptions.");
        describe_gauge!("http_requests_in_progress", "Requests right now.");
        describe_histogram!("http_request_duration_seconds", "Latency.");
        describe_histogram!("db_query_duration_seconds", "Latency of the database.");
        describe_gauge!("app_info", "What runs.");
        for name in GAUGES {
            describe_gauge!(name, "A gauge.");
            gauge!(name).set(0.0);
        }
        gauge!("app_info", &APP_INFO).set(1.0);
        Self { handle }
    }
}

impl Metrics for MetricsCrate {
    fn add_to_cart(&self, product: &str, additions: u64) {
        counter!("cart_additions_total", "product" => product.to_owned()).increment(additions);
    }

    fn answer(&self, method: &str, path: &str, status_code: u16, elapsed: Duration) {
        let labels = [("method", method.to_owned()), ("path", path.to_owned())];
        histogram!("http_request_duration_seconds", &labels).record(elapsed);
        let [method, path] = labels;
        let labels = [method, path, ("status_code", status_code.to_string())];
        counter!("http_requests_total", &labels).increment(1);
    }

    fn exception(&self, method: &str, path: &str, exception_type: &str) {
        let labels = [("method", method), ("path", path), ("exception_type", exception_type)];
        counter!("http_exceptions_total", &labels.map(|(name, value)| (name, value.to_owned()))).increment(1);
    }

    fn in_progress(&self, method: &str, path: &str, change: i64) {
        let labels = [("method", method.to_owned()), ("path", path.to_owned())];
        gauge!("http_requests_in_progress", &labels).increment(change as f64);
    }

    fn query(&self, operation: &str, elapsed: Duration) {
        histogram!("db_query_duration_seconds", "operation" => operation.to_owned()).record(elapsed);
    }

    fn set(&self, gauge: &str, value: f64) {
        gauge!(gauge.to_owned()).set(value);
    }

    fn page(&self) -> Result<(&'static str, String)> {
        Ok(("text/plain; version=0.0.4; charset=utf-8", self.handle.render()))
    }
}
