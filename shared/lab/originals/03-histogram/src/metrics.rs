//! The metrics of the shop, and the page that shows them.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use prometheus::core::Collector;
use prometheus::{Gauge, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, Result, TextEncoder};

use crate::AppState;

/// The version of Prometheus's text format, as [its documentation] asks the header to say.
///
/// [its documentation]: https://prometheus.io/docs/instrumenting/exposition_formats/
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long a scrape waits for the database. Prometheus itself gives up after 10 seconds by default, and then has no
/// page at all.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

/// All metrics of one app, in a registry of its own, so that two apps in one process don't collide.
pub(crate) struct Metrics {
    registry: Registry,
    /// Successful additions, by product.
    pub(crate) cart_additions: IntCounterVec,
    /// Answered requests, by method, path and status code.
    pub(crate) http_requests: IntCounterVec,
    /// Requests that ended in 5xx, by method, path and what made them.
    pub(crate) http_exceptions: IntCounterVec,
    /// Requests that are being handled, by method and path.
    pub(crate) http_requests_in_progress: IntGaugeVec,
    cart_sessions_active: Gauge,
    db_connections_active: IntGauge,
    db_connections_idle: IntGauge,
    db_connections_max: IntGauge,
    /// The process's share of the whole machine's CPU time, 0 to 1.
    pub(crate) app_cpu_usage: Gauge,
    /// The process's resident memory.
    pub(crate) app_memory: IntGauge,
    /// The machine's CPU usage, 0 to 1.
    pub(crate) system_cpu_usage: Gauge,
    /// The machine's used share of its memory, 0 to 1.
    pub(crate) system_memory_usage: Gauge,
    /// The free bytes of the disk that the shop works on.
    pub(crate) system_disk_free: IntGauge,
    /// That disk's size in bytes.
    pub(crate) system_disk_size: IntGauge,
    // TODO (step 1): add the histogram `http_request_duration_seconds`, by `method` and `path`.
}

impl Metrics {
    /// Makes and registers all metrics.
    ///
    /// # Errors
    ///
    /// When two metrics have the same name, or one is invalid.
    pub(crate) fn new() -> Result<Self> {
        let registry = Registry::new();
        register_app_info(&registry)?;
        Ok(Self {
            cart_additions: register(
                &registry,
                IntCounterVec::new(
                    Opts::new(
                        "cart_additions_total",
                        "Successful additions to a cart, whatever their quantity, by the product's sku.",
                    ),
                    &["product"],
                )?,
            )?,
            http_requests: register(
                &registry,
                IntCounterVec::new(
                    Opts::new("http_requests_total", "Answered requests."),
                    &["method", "path", "status_code"],
                )?,
            )?,
            http_exceptions: register(
                &registry,
                IntCounterVec::new(
                    Opts::new("http_exceptions_total", "Requests that ended in a server error, by what made them."),
                    &["method", "path", "exception_type"],
                )?,
            )?,
            http_requests_in_progress: register(
                &registry,
                IntGaugeVec::new(
                    Opts::new("http_requests_in_progress", "Requests that are being handled right now."),
                    &["method", "path"],
                )?,
            )?,
            cart_sessions_active: register(
                &registry,
                Gauge::new("cart_sessions_active", "Open carts in the database.")?,
            )?,
            db_connections_active: register(
                &registry,
                IntGauge::new("db_connections_active", "Connections to the database that are in use.")?,
            )?,
            db_connections_idle: register(
                &registry,
                IntGauge::new("db_connections_idle", "Open connections to the database that wait for work.")?,
            )?,
            db_connections_max: register(
                &registry,
                IntGauge::new("db_connections_max", "The most connections to the database that the pool opens.")?,
            )?,
            app_cpu_usage: register(
                &registry,
                Gauge::new("app_cpu_usage_ratio", "The share of the machine's CPU time that this process uses.")?,
            )?,
            app_memory: register(
                &registry,
                IntGauge::new("app_memory_bytes", "The resident memory of this process.")?,
            )?,
            system_cpu_usage: register(
                &registry,
                Gauge::new("system_cpu_usage_ratio", "The share of the machine's CPU time that is used.")?,
            )?,
            system_memory_usage: register(
                &registry,
                Gauge::new("system_memory_usage_ratio", "The share of the machine's memory that is used.")?,
            )?,
            system_disk_free: register(
                &registry,
                IntGauge::new("system_disk_free_bytes", "The free space of the disk that the shop works on.")?,
            )?,
            system_disk_size: register(
                &registry,
                IntGauge::new("system_disk_size_bytes", "The size of the disk that the shop works on.")?,
            )?,
            // TODO (step 1): make the histogram with the lesson's buckets, and register it.
            registry,
        })
    }

    /// Reads the pool.
    fn observe_connections(&self, store: &shop::Store) {
        let pool = store.pool();
        let open = i64::from(pool.size());
        let idle = i64::try_from(pool.num_idle()).unwrap_or(open).min(open);
        self.db_connections_active.set(open - idle);
        self.db_connections_idle.set(idle);
        self.db_connections_max.set(i64::from(pool.options().get_max_connections()));
    }
}

/// `GET /metrics`
pub(crate) async fn page(State(state): State<AppState>) -> impl IntoResponse {
    state.metrics.observe_connections(&state.store);
    read_database(&state).await;
    let page = TextEncoder::new().encode_to_string(&state.metrics.registry.gather());
    page.map(|page| ([(header::CONTENT_TYPE, CONTENT_TYPE)], page))
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

/// An information metric: what runs is in its labels.
fn register_app_info(registry: &Registry) -> Result<()> {
    let opts = Opts::new("app_info", "What runs: the app's version, and what it was built by and for.");
    let app_info = register(registry, IntGaugeVec::new(opts, &["version", "rust_version", "os", "arch"])?)?;
    let labels = [env!("CARGO_PKG_VERSION"), shop::RUST_VERSION, std::env::consts::OS, std::env::consts::ARCH];
    app_info.with_label_values(&labels).set(1);
    Ok(())
}

/// Registers a metric, and hands it back.
fn register<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
