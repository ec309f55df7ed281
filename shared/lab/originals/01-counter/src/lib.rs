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
    let metrics = Arc::new(Metrics::new()?);
    let state = AppState { store: store.clone(), metrics };
    let router = api::routes()
        .route("/metrics", get(metrics::page))
        .with_state(state)
        .merge(shop::pages(store))
        .fallback(shop::not_found)
        .method_not_allowed_fallback(shop::method_not_allowed);
    // TODO (step 3): a layer around these routes sees every request, even those that no route matches. Add
    // `/metrics` after the layer, so that it does not count itself.
    Ok(router)
}
