//! The shop of TechCommerce, as an axum app.
//!
//! `api` has the handlers, `metrics` the metrics and their page, and the rest is the crate `shop`.

mod api;
mod metrics;
// TODO (step 3): declare `mod track;`, and write it.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
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
    let router = api::routes()
        .route("/metrics", get(metrics::page))
        .merge(shop::pages(store))
        .fallback(shop::not_found)
        .method_not_allowed_fallback(shop::method_not_allowed)
        // TODO (step 3): a layer here sees every request, even those that no route matches:
        // `.layer(from_fn_with_state(state.clone(), track::track))`. It wraps the routes that stand above it, so that
        // `/metrics` has to move below it, or each scrape counts itself.
        .with_state(state);
    Ok(router)
}
