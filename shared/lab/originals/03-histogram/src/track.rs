//! The middleware that sees every request.

use std::panic::AssertUnwindSafe;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use prometheus::IntGauge;
use shop::{Error, ErrorKind};

use crate::AppState;

/// Counts each answer. A panic is caught here: else the client would get no answer, and no line below would run.
pub(crate) async fn track(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let metrics = &state.metrics;
    // Clients can make up methods and paths without end. What is not in the shop's own lists shares one value.
    let method = shop::standard_method(request.method()).unwrap_or("other");
    let matched_path = request.extensions().get::<MatchedPath>().cloned();
    let path = matched_path.as_ref().map_or("unmatched", MatchedPath::as_str);
    let _in_progress = InProgress::start(metrics.http_requests_in_progress.with_label_values(&[method, path]));
    // TODO (steps 1 to 4): start the clock here, and observe the seconds once the response is there.
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.unwrap_or_else(|_| Error::Panic.into_response());
    metrics.http_requests.with_label_values(&[method, path, response.status().as_str()]).inc();
    if let Some(ErrorKind(kind)) = response.extensions().get() {
        metrics.http_exceptions.with_label_values(&[method, path, kind]).inc();
    }
    response
}

/// A request that is being handled, for as long as this value lives: also when the client hangs up, and the
/// future that holds it is dropped.
struct InProgress(IntGauge);

impl InProgress {
    fn start(gauge: IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.dec();
    }
}
