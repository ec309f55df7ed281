//! The shop of TechCommerce, as an axum app.
//!
//! `api` has the handlers, `metrics` the metrics and their page, `track` the middleware, and the rest is the crate `shop`.

mod api;
mod metrics;
// TODO (step 5): declare `mod system;`, and write it.
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
    // TODO (step 5): start the background thread that samples the system.
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
