//! A tower layer whose future is written by hand, with no box and no `async` block.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use anyhow::Result;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use shop::Error;
use tower::{Layer, Service};

use crate::app::{self, AppState};
use crate::metrics::{InProgress, Shared};
use crate::prometheus_crate::{PrometheusCrate, Taste};
use crate::system;

/// Runs the shop with this layer.
pub(crate) async fn run() -> Result<()> {
    shop::run(|store| {
        let metrics: Shared = Arc::new(PrometheusCrate::new(&Taste::MORE_BUCKETS)?);
        system::sample_in_background(&metrics)?;
        let state = AppState { store, metrics: Arc::clone(&metrics) };
        Ok(app::with_page(app::routes(&state).layer(Track { metrics }), state))
    })
    .await
}

#[derive(Clone)]
struct Track {
    metrics: Shared,
}

impl<S> Layer<S> for Track {
    type Service = Tracked<S>;

    fn layer(&self, inner: S) -> Tracked<S> {
        Tracked { inner, metrics: Arc::clone(&self.metrics) }
    }
}

#[derive(Clone)]
struct Tracked<S> {
    inner: S,
    metrics: Shared,
}

impl<S: Service<Request, Response = Response, Error = Infallible>> Service<Request> for Tracked<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = TrackedResponse<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let method = app::method_label(request.method());
        let path = app::path_label(&request);
        TrackedResponse {
            _in_progress: InProgress::start(&self.metrics, method, &path),
            metrics: Arc::clone(&self.metrics),
            method,
            path,
            started: Instant::now(),
            response: self.inner.call(request),
        }
    }
}

pin_project! {
    struct TrackedResponse<F> {
        #[pin]
        response: F,
        metrics: Shared,
        method: &'static str,
        path: String,
        started: Instant,
        _in_progress: InProgress,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for TrackedResponse<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = catch_unwind(AssertUnwindSafe(|| this.response.poll(context)));
        let response = match polled {
            Ok(polled) => match ready!(polled) {
                Ok(response) => response,
            },
            Err(_) => Error::Panic.into_response(),
        };
        app::record(this.metrics, this.method, this.path, &response, this.started.elapsed());
        Poll::Ready(Ok(response))
    }
}
