//! The shop of TechCommerce, as an axum app.
//!
//! `api` has the handlers, and the rest is the crate `shop`.

mod api;
// TODO (step 1): declare `mod metrics;`, and write it.

use anyhow::Result;
use axum::Router;
use shop::Store;

/// What every handler can reach.
#[derive(Clone)]
struct AppState {
    store: Store,
    // TODO (step 1): handlers reach the metrics here. The state is cloned for each request: share them in an `Arc`.
}

/// The whole app.
///
/// # Errors
///
/// When a part of it cannot be set up.
pub fn app(store: Store) -> Result<Router> {
    // TODO (step 1): make the metrics, and put them into the state.
    let state = AppState { store: store.clone() };
    let router = api::routes()
        // TODO (step 1): add the route `/metrics` here: what comes before `with_state` can reach the state.
        .merge(shop::pages(store))
        .fallback(shop::not_found)
        .method_not_allowed_fallback(shop::method_not_allowed)
        .with_state(state);
    Ok(router)
}
