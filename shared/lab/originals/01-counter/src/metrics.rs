//! The metrics of the shop, and the page that shows them.

use anyhow::Result;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use prometheus::{IntGaugeVec, Opts, Registry, TextEncoder};

use crate::AppState;

/// All metrics of one app, in a registry of its own, so that two apps in one process don't collide.
pub(crate) struct Metrics {
    registry: Registry,
    // TODO (step 1): add the counter `cart_additions_total`, by `product`.
    // TODO (step 3): add the counter `http_requests_total`, by `method`, `path` and `status_code`.
    // TODO (step 5): add the counter `http_exceptions_total`, by `method`, `path` and `exception_type`.
}

impl Metrics {
    /// Makes and registers all metrics.
    pub(crate) fn new() -> Result<Self> {
        let registry = Registry::new();
        let opts = Opts::new("app_info", "What runs: the app's version, and what it was built by and for.");
        let app_info = IntGaugeVec::new(opts, &["version", "rust_version", "os", "arch"])?;
        registry.register(Box::new(app_info.clone()))?;
        let labels = [env!("CARGO_PKG_VERSION"), shop::RUST_VERSION, std::env::consts::OS, std::env::consts::ARCH];
        app_info.with_label_values(&labels).set(1);
        // TODO (steps 1, 3 and 5): make the counters, register them, and add them to `Self`. A function `register` saves
        // repetition, and can say in its error which metric it was.
        Ok(Self { registry })
    }
}

/// `GET /metrics`
pub(crate) async fn page(State(state): State<AppState>) -> impl IntoResponse {
    // TODO (step 2): a product that nobody has added yet wants a series at 0, or its first addition goes unseen. The
    // database knows the products: `state.store.list_items()`. Don't let it hold up the page for more than a second.
    let page = TextEncoder::new().encode_to_string(&state.metrics.registry.gather());
    page.map(|page| ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page))
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
