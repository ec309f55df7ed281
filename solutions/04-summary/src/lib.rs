//! The shop of TechCommerce, as an axum app.
//!
//! `api` has the handlers, `metrics` the metrics and their page, `track` the middleware, `system` the
//! sampling of CPU, memory and disk, and the rest is the crate `shop`.

mod api;
mod metrics;
mod system;
mod track;

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use shop::Store;

use crate::metrics::Metrics;

/// What every handler can reach.
#[derive(Clone)]
struct AppState {
    store: Store,
    metrics: Arc<Metrics>,
}

/// The whole app.
///
/// # Errors
///
/// When a part of it cannot be set up.
pub fn app(store: Store) -> Result<Router> {
    let state = AppState { store: store.clone(), metrics: Arc::new(Metrics::new()?) };
    system::sample_in_background(&state.metrics)?;
    let router = api::routes()
        .merge(shop::pages(store))
        .fallback(shop::not_found)
        .method_not_allowed_fallback(shop::method_not_allowed)
        .layer(from_fn_with_state(state.clone(), track::track))
        // Added after the layer, so that the page does not count itself.
        .route("/metrics", get(metrics::page))
        .with_state(state);
    Ok(router)
}
