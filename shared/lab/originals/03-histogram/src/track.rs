//! The middleware that sees every request.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use prometheus::IntGauge;
use shop::{Error, ErrorKind};
use tower::{Layer, Service};

use crate::metrics::Metrics;

/// What stands for the path of a request that no route matches: paths that people make up have no end.
const UNMATCHED: &str = "unmatched";

/// Wraps a service in [`Tracked`].
#[derive(Clone)]
pub(crate) struct TrackRequests {
    metrics: Arc<Metrics>,
}

impl TrackRequests {
    /// Tracks requests in these metrics.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }
}

impl<S> Layer<S> for TrackRequests {
    type Service = Tracked<S>;

    fn layer(&self, inner: S) -> Tracked<S> {
        Tracked { inner, metrics: Arc::clone(&self.metrics) }
    }
}

/// A service that counts what the inner one does and answers, and answers for it when it panics.
#[derive(Clone)]
pub(crate) struct Tracked<S> {
    inner: S,
    metrics: Arc<Metrics>,
}

impl<S> Service<Request> for Tracked<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let metrics = Arc::clone(&self.metrics);
        let method = method_label(request.method());
        let matched_path = request.extensions().get::<MatchedPath>().cloned();
        let response = self.inner.call(request);
        Box::pin(async move {
            let path = matched_path.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
            let _in_progress = InProgress::start(metrics.http_requests_in_progress.with_label_values(&[method, path]));
            // TODO (steps 1 to 4): start the clock here, and observe the seconds once the response is there.
            let response = catch_panic(response).await;
            metrics.http_requests.with_label_values(&[method, path, response.status().as_str()]).inc();
            if let Some(ErrorKind(kind)) = response.extensions().get() {
                metrics.http_exceptions.with_label_values(&[method, path, kind]).inc();
            }
            Ok(response)
        })
    }
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

/// Awaits the response; a panic becomes a 500, where hyper would drop the connection.
async fn catch_panic(response: impl Future<Output = Result<Response, Infallible>>) -> Response {
    match AssertUnwindSafe(response).catch_unwind().await {
        Ok(Ok(response)) => response,
        Err(_) => Error::Panic.into_response(),
    }
}

/// HTTP lets a client make up methods, so that only the standard ones are label values.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
