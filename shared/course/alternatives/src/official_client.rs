//! Prometheus's official client library for Rust, and its OpenMetrics page. It has no summary, so it ends at lesson 03.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Result;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::metrics::{APP_INFO, GAUGES, LATENCY_BUCKETS, Metrics};

type Labels = Vec<(&'static str, String)>;

/// The metrics and their registry.
pub(crate) struct OfficialClient {
    registry: Registry,
    cart_additions: Family<Labels, Counter>,
    http_requests: Family<Labels, Counter>,
    http_exceptions: Family<Labels, Counter>,
    in_progress: Family<Labels, Gauge>,
    duration: Family<Labels, Histogram>,
    gauges: BTreeMap<&'static str, Gauge<f64, AtomicU64>>,
}

impl OfficialClient {
    pub(crate) fn new() -> Result<Self> {
        let gauges = GAUGES.map(|name| (name, Gauge::default()));
        let mut metrics = Self {
            registry: Registry::default(),
            cart_additions: Family::default(),
            http_requests: Family::default(),
            http_exceptions: Family::default(),
            in_progress: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(LATENCY_BUCKETS)),
            gauges: BTreeMap::from(gauges),
        };
        let registry = &mut metrics.registry;
        // The library adds `_info` and `_total` itself.
        registry.register("app", "What runs", Info::new(APP_INFO.to_vec()));
        registry.register("cart_additions", "Additions", metrics.cart_additions.clone());
        registry.register("http_requests", "Requests", metrics.http_requests.clone());
        registry.register("http_exceptions", "Exceptions", metrics.http_exceptions.clone());
        registry.register("http_requests_in_progress", "Requests right now", metrics.in_progress.clone());
        registry.register("http_request_duration_seconds", "Latency", metrics.duration.clone());
        for (name, gauge) in &metrics.gauges {
            registry.register(*name, "A gauge", gauge.clone());
        }
        Ok(metrics)
    }
}

impl Metrics for OfficialClient {
    fn add_to_cart(&self, product: &str, additions: u64) {
        self.cart_additions.get_or_create(&vec![("product", product.to_owned())]).inc_by(additions);
    }

    fn answer(&self, method: &str, path: &str, status_code: u16, elapsed: Duration) {
        let mut labels = request(method, path);
        self.duration.get_or_create(&labels).observe(elapsed.as_secs_f64());
        labels.push(("status_code", status_code.to_string()));
        self.http_requests.get_or_create(&labels).inc();
    }

    fn exception(&self, method: &str, path: &str, exception_type: &str) {
        let mut labels = request(method, path);
        labels.push(("exception_type", exception_type.to_owned()));
        self.http_exceptions.get_or_create(&labels).inc();
    }

    fn in_progress(&self, method: &str, path: &str, change: i64) {
        self.in_progress.get_or_create(&request(method, path)).inc_by(change);
    }

    fn query(&self, _operation: &str, _elapsed: Duration) {}

    fn set(&self, gauge: &str, value: f64) {
        if let Some(gauge) = self.gauges.get(gauge) {
            gauge.set(value);
        }
    }

    fn page(&self) -> Result<(&'static str, String)> {
        let mut page = String::new();
        encode(&mut page, &self.registry)?;
        Ok(("application/openmetrics-text; version=1.0.0; charset=utf-8", page))
    }
}

fn request(method: &str, path: &str) -> Labels {
    vec![("method", method.to_owned()), ("path", path.to_owned())]
}
