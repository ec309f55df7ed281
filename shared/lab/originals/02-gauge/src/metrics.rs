//! The metrics of the shop, and the page that shows them.

use std::time::Duration;

use anyhow::{Result, anyhow};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use prometheus::core::Collector;
use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::AppState;

/// How long a scrape waits for the database. Prometheus itself gives up after 10 seconds by default, and then has no
/// page at all.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

/// All metrics of one app, in a registry of its own, so that two apps in one process don't collide.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) cart_additions: IntCounterVec,
    pub(crate) http_requests: IntCounterVec,
    pub(crate) http_exceptions: IntCounterVec,
    // TODO (step 1): add the gauge `http_requests_in_progress`, by `method` and `path`.
    // TODO (step 3): add the gauge `cart_sessions_active`.
    // TODO (step 4): add the gauges `db_connections_active`, `db_connections_idle` and `db_connections_max`.
    // TODO (step 5): add the gauges of process and machine. The lesson's table has their names.
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
        Ok(Self {
            cart_additions: counter("cart_additions_total", "Successful additions, by the item's sku.", &["product"])?,
            http_requests: counter("http_requests_total", "Answered requests.", &["method", "path", "status_code"])?,
            http_exceptions: counter(
                "http_exceptions_total",
                "Requests that ended in a server error, by what made them.",
                &["method", "path", "exception_type"],
            )?,
            // TODO (steps 1, 3, 4 and 5): make the gauges, and register them.
            registry,
        })
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
    // TODO (step 4): read the connection pool here: `state.store.pool()`. Before the database is asked, since that
    // takes a connection, too.
    read_database(&state).await;
    let page = TextEncoder::new().encode_to_string(&state.metrics.registry.gather());
    page.map(|page| ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page))
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// Reads what only the database knows. A database that is slow or down must not take the whole page with it.
async fn read_database(state: &AppState) {
    // TODO (step 3): count the open carts here as well: `store.count_open_carts()`.
    let read = tokio::time::timeout(DATABASE_TIMEOUT, add_products(state)).await;
    if !matches!(read, Ok(Ok(()))) {
        tracing::warn!("the database did not tell the products in time");
    }
}

/// Gives each product of the catalogue its series: at 0, where there is none yet.
async fn add_products(state: &AppState) -> shop::Result<()> {
    for item in state.store.list_items().await? {
        state.metrics.cart_additions.with_label_values(&[&item.sku]);
    }
    Ok(())
}
