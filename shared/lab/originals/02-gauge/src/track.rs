//! The middleware that sees every request.

use std::panic::AssertUnwindSafe;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use shop::{Error, ErrorKind};

use crate::AppState;

/// Counts each answer. A panic is caught here: else the client would get no answer, and no line below would run.
pub(crate) async fn track(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let metrics = &state.metrics;
    // Clients can make up methods and paths without end. What is not in the shop's own lists shares one value.
    let method = shop::standard_method(request.method()).unwrap_or("other");
    let matched_path = request.extensions().get::<MatchedPath>().cloned();
    let path = matched_path.as_ref().map_or("unmatched", MatchedPath::as_str);
    // TODO (steps 1 and 2): the request begins here. A guard that takes 1 off when it is dropped is right however the
    // request ends: with an answer, with a panic, or because the client hangs up.
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.unwrap_or_else(|_| Error::Panic.into_response());
    metrics.http_requests.with_label_values(&[method, path, response.status().as_str()]).inc();
    if let Some(ErrorKind(kind)) = response.extensions().get() {
        metrics.http_exceptions.with_label_values(&[method, path, kind]).inc();
    }
    response
}
