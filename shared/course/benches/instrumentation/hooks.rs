//! Two ways to see every request, which do the same: count it by method, path and status, and answer for a panic.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use prometheus::IntCounterVec;
use shop::Error;
use tower::{Layer, Service};

const UNMATCHED: &str = "unmatched";

/// As lesson 01 does it, for `axum::middleware::from_fn_with_state`.
pub(crate) async fn count(State(requests): State<IntCounterVec>, request: Request, next: Next) -> Response {
    let method = shop::standard_method(request.method()).unwrap_or("other");
    let matched_path = request.extensions().get::<MatchedPath>().cloned();
    let path = matched_path.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.unwrap_or_else(|_| Error::Panic.into_response());
    requests.with_label_values(&[method, path, response.status().as_str()]).inc();
    response
}

/// The same as a layer of one's own.
#[derive(Clone)]
pub(crate) struct CountLayer(pub(crate) IntCounterVec);

impl<S> Layer<S> for CountLayer {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, requests: self.0.clone() }
    }
}

/// A service that counts what the inner one answers, and answers for it when it panics.
#[derive(Clone)]
pub(crate) struct Counted<S> {
    inner: S,
    requests: IntCounterVec,
}

impl<S> Service<Request> for Counted<S>
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
        let requests = self.requests.clone();
        let method = shop::standard_method(request.method()).unwrap_or("other");
        let matched_path = request.extensions().get::<MatchedPath>().cloned();
        let response = self.inner.call(request);
        Box::pin(async move {
            let path = matched_path.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
            let response = match AssertUnwindSafe(response).catch_unwind().await {
                Ok(Ok(response)) => response,
                Err(_) => Error::Panic.into_response(),
            };
            requests.with_label_values(&[method, path, response.status().as_str()]).inc();
            Ok(response)
        })
    }
}
