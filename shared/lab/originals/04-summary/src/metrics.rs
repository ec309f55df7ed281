//! The metrics of the shop, and the page that shows them.

use std::time::Duration;

use anyhow::{Result, anyhow};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use prometheus::core::Collector;
use prometheus::{Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::AppState;

/// How long a scrape waits for the database. Prometheus itself gives up after 10 seconds by default, and then has no
/// page at all.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Upper bounds of the latency buckets, in seconds. One is the promise, 300 ms, and they are close together around it.
const LATENCY_BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.5];

/// All metrics of one app, in a registry of its own, so that two apps in one process don't collide.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) cart_additions: IntCounterVec,
    pub(crate) http_requests: IntCounterVec,
    pub(crate) http_exceptions: IntCounterVec,
    pub(crate) http_requests_in_progress: IntGaugeVec,
    cart_sessions_active: Gauge,
    db_connections_active: Gauge,
    db_connections_idle: Gauge,
    db_connections_max: Gauge,
    pub(crate) app_cpu_usage: Gauge,
    pub(crate) app_memory: Gauge,
    pub(crate) system_cpu_usage: Gauge,
    pub(crate) system_memory_usage: Gauge,
    pub(crate) system_disk_free: Gauge,
    pub(crate) system_disk_size: Gauge,
    pub(crate) http_request_duration: HistogramVec,
    // TODO (step 1): add the summary `db_query_duration_seconds`, by `operation`.
}

impl Metrics {
    /// Makes and registers all metrics.
    pub(crate) fn new() -> Result<Self> {
        let registry = Registry::new();
        let opts = Opts::new("app_info", "What runs: the app's version, and what it was built by and for.");
        let app_info = register(&registry, IntGaugeVec::new(opts, &["version", "rust_version", "os", "arch"])?)?;
        let labels = [env!("CARGO_PKG_VERSION"), shop::RUST_VERSION, std::env::consts::OS, std::env::consts::ARCH];
        app_info.with_label_values(&labels).set(1);

        let counter = |name, help, labels| register(&registry, IntCounterVec::new(Opts::new(name, help), labels)?);
        let opts = Opts::new("http_requests_in_progress", "Requests that are being handled right now.");
        let http_requests_in_progress = register(&registry, IntGaugeVec::new(opts, &["method", "path"])?)?;
        let help = "How long requests took, whatever their outcome.";
        let opts = HistogramOpts::new("http_request_duration_seconds", help).buckets(LATENCY_BUCKETS.to_vec());
        let http_request_duration = register(&registry, HistogramVec::new(opts, &["method", "path"])?)?;
        let gauge = |name, help| register(&registry, Gauge::new(name, help)?);
        Ok(Self {
            cart_additions: counter("cart_additions_total", "Successful additions, by the item's sku.", &["product"])?,
            http_requests: counter("http_requests_total", "Answered requests.", &["method", "path", "status_code"])?,
            http_exceptions: counter(
                "http_exceptions_total",
                "Requests that ended in a server error, by what made them.",
                &["method", "path", "exception_type"],
            )?,
            http_requests_in_progress,
            cart_sessions_active: gauge("cart_sessions_active", "Open carts in the database.")?,
            db_connections_active: gauge("db_connections_active", "Connections to the database that are in use.")?,
            db_connections_idle: gauge("db_connections_idle", "Open connections to the database that wait for work.")?,
            db_connections_max: gauge("db_connections_max", "The most connections that the pool opens.")?,
            app_cpu_usage: gauge("app_cpu_usage_ratio", "The share of the machine's CPU time that this process uses.")?,
            app_memory: gauge("app_memory_bytes", "The resident memory of this process.")?,
            system_cpu_usage: gauge("system_cpu_usage_ratio", "The share of the machine's CPU time that is used.")?,
            system_memory_usage: gauge("system_memory_usage_ratio", "The share of the machine's memory that is used.")?,
            system_disk_free: gauge("system_disk_free_bytes", "The free space of the disk that the shop works on.")?,
            system_disk_size: gauge("system_disk_size_bytes", "The size of the disk that the shop works on.")?,
            http_request_duration,
            // TODO (step 1): make the summary with the lesson's quantiles, and register it.
            // TODO (step 5): its help text can say that the wait for a connection is included.
            // TODO (step 6): its window is `SUMMARY_WINDOW_SECONDS` long, or ten minutes.
            registry,
        })
    }

    // TODO (step 1): write `timed`, which awaits a query and observes how long it took, whatever its outcome:
    // `async fn timed<T>(&self, operation: &str, query: impl Future<Output = T>) -> T`.

    /// Reads the pool.
    fn observe_connections(&self, store: &shop::Store) {
        let pool = store.pool();
        let open = f64::from(pool.size());
        let idle = (pool.num_idle() as f64).min(open);
        self.db_connections_active.set(open - idle);
        self.db_connections_idle.set(idle);
        self.db_connections_max.set(f64::from(pool.options().get_max_connections()));
    }
}

/// Registers a metric, and hands it back. An error says which one it was.
fn register<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> Result<M> {
    let name: String = metric.desc().iter().map(|desc| desc.fq_name.as_str()).collect();
    registry.register(Box::new(metric.clone())).map_err(|error| anyhow!("cannot register {name}: {error}"))?;
    Ok(metric)
}

/// `GET /metrics`
pub(crate) async fn page(State(state): State<AppState>) -> impl IntoResponse {
    state.metrics.observe_connections(&state.store);
    read_database(&state).await;
    let page = TextEncoder::new().encode_to_string(&state.metrics.registry.gather());
    page.map(|page| ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page))
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// Reads what only the database knows. A database that is slow or down must not take the whole page with it.
async fn read_database(state: &AppState) {
    let read = async {
        add_products(state).await?;
        state.store.count_open_carts().await
    };
    let open_carts = match tokio::time::timeout(DATABASE_TIMEOUT, read).await {
        Ok(Ok(count)) => count as f64,
        // "Not a number" says that nobody knows. 0, or the value of the last scrape, would be a lie.
        _ => {
            tracing::warn!("the database did not count the carts in time");
            f64::NAN
        }
    };
    state.metrics.cart_sessions_active.set(open_carts);
}

/// Gives each product of the catalogue its series: at 0, where there is none yet.
async fn add_products(state: &AppState) -> shop::Result<()> {
    for item in state.store.list_items().await? {
        state.metrics.cart_additions.with_label_values(&[&item.sku]);
    }
    Ok(())
}
