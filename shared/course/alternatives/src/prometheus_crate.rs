//! The crate `prometheus` with registries of one's own, to different tastes.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use prometheus::core::Collector;
use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};
use summary::{SummaryOpts, SummaryVec};

use crate::metrics::{APP_INFO, GAUGES, LATENCY_BUCKETS, Metrics, QUANTILES};

/// In what an alternative differs.
pub(crate) struct Taste {
    buckets: &'static [f64],
    /// Labels that all metrics have.
    labels: &'static [(&'static str, &'static str)],
    /// Families that no lesson asks for.
    extra_families: bool,
    help: fn(&str) -> String,
    /// As the encoder has them: by name. Else the other way round.
    in_order: bool,
    /// One for each kind of metric, and a page that has them one after the other.
    several_registries: bool,
}

impl Taste {
    const PLAIN: Self = Self {
        buckets: &LATENCY_BUCKETS,
        labels: &[],
        extra_families: false,
        help: |name| format!("What {name} says."),
        in_order: true,
        several_registries: false,
    };
    pub(crate) const EXTRA: Self =
        Self { labels: &[("service", "shop"), ("region", "eu-west")], extra_families: true, ..Self::PLAIN };
    pub(crate) const MORE_BUCKETS: Self = Self {
        buckets: &[
            0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0,
        ],
        ..Self::PLAIN
    };
    pub(crate) const OTHER_WORDS: Self =
        Self { help: |name| format!("Métrica \"{name}\":\numa \\ linha de ajuda."), in_order: false, ..Self::PLAIN };
    pub(crate) const SEVERAL_REGISTRIES: Self = Self { several_registries: true, ..Self::PLAIN };
}

/// The metrics, in one registry or in three.
pub(crate) struct PrometheusCrate {
    registries: Vec<Registry>,
    in_order: bool,
    cart_additions: IntCounterVec,
    http_requests: IntCounterVec,
    http_exceptions: IntCounterVec,
    http_requests_in_progress: IntGaugeVec,
    http_request_duration: HistogramVec,
    db_query_duration: SummaryVec,
    gauges: BTreeMap<&'static str, Gauge>,
    scrapes: Option<IntCounter>,
}

impl PrometheusCrate {
    pub(crate) fn new(taste: &Taste) -> Result<Self> {
        let count = if taste.several_registries { 3 } else { 1 };
        let registries: Vec<_> = (0..count).map(|_| Registry::new()).collect();
        let [http, shop, machine] = [0, 1, 2].map(|index| &registries[index % count]);
        let opts = |name: &str| {
            let labels = taste.labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Opts::new(name, (taste.help)(name)).const_labels(labels.collect())
        };
        let counters = |name, labels: &[&str]| IntCounterVec::new(opts(name), labels);
        let duration = opts("http_request_duration_seconds");
        let duration = HistogramOpts { common_opts: duration, buckets: taste.buckets.to_vec() };
        let query = SummaryOpts::new("db_query_duration_seconds", (taste.help)("db_query_duration_seconds"));
        register_app_info(machine, opts("app_info"))?;
        Ok(Self {
            cart_additions: register(shop, counters("cart_additions_total", &["product"])?)?,
            http_requests: register(http, counters("http_requests_total", &["method", "path", "status_code"])?)?,
            http_exceptions: register(http, counters("http_exceptions_total", &["method", "path", "exception_type"])?)?,
            http_requests_in_progress: register(
                http,
                IntGaugeVec::new(opts("http_requests_in_progress"), &["method", "path"])?,
            )?,
            http_request_duration: register(http, HistogramVec::new(duration, &["method", "path"])?)?,
            db_query_duration: register(
                shop,
                SummaryVec::new(query.quantiles(QUANTILES.to_vec()).max_age(window()), &["operation"])?,
            )?,
            gauges: GAUGES
                .into_iter()
                .map(|name| Ok((name, register(machine, Gauge::with_opts(opts(name))?)?)))
                .collect::<Result<_>>()?,
            scrapes: taste
                .extra_families
                .then(|| register(http, IntCounter::with_opts(opts("scrapes_total"))?))
                .transpose()?,
            registries,
            in_order: taste.in_order,
        })
    }
}

impl Metrics for PrometheusCrate {
    fn add_to_cart(&self, product: &str, additions: u64) {
        self.cart_additions.with_label_values(&[product]).inc_by(additions);
    }

    fn answer(&self, method: &str, path: &str, status_code: u16, elapsed: Duration) {
        self.http_requests.with_label_values(&[method, path, &status_code.to_string()]).inc();
        self.http_request_duration.with_label_values(&[method, path]).observe(elapsed.as_secs_f64());
    }

    fn exception(&self, method: &str, path: &str, exception_type: &str) {
        self.http_exceptions.with_label_values(&[method, path, exception_type]).inc();
    }

    fn in_progress(&self, method: &str, path: &str, change: i64) {
        self.http_requests_in_progress.with_label_values(&[method, path]).add(change);
    }

    fn query(&self, operation: &str, elapsed: Duration) {
        self.db_query_duration.with_label_values(&[operation]).observe(elapsed.as_secs_f64());
    }

    fn set(&self, gauge: &str, value: f64) {
        if let Some(gauge) = self.gauges.get(gauge) {
            gauge.set(value);
        }
    }

    fn page(&self) -> Result<(&'static str, String)> {
        self.scrapes.iter().for_each(IntCounter::inc);
        let mut families: Vec<_> = self.registries.iter().flat_map(Registry::gather).collect();
        if !self.in_order {
            families.reverse();
        }
        Ok(("text/plain; version=0.0.4", TextEncoder::new().encode_to_string(&families)?))
    }
}

/// How far back the quantiles look, as lesson 04 asks for.
pub(crate) fn window() -> Duration {
    let seconds = std::env::var("SUMMARY_WINDOW_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    seconds.map_or(summary::DEFAULT_MAX_AGE, Duration::from_secs)
}

fn register_app_info(registry: &Registry, opts: Opts) -> Result<()> {
    let app_info = register(registry, IntGaugeVec::new(opts, &APP_INFO.map(|(name, _)| name))?)?;
    app_info.with_label_values(&APP_INFO.map(|(_, value)| value)).set(1);
    Ok(())
}

fn register<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
