//! `axum-prometheus`, whose metrics are given the names and labels of the course by a recorder in between.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use anyhow::Result;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum_prometheus::{
    AXUM_HTTP_REQUESTS_DURATION_SECONDS, AXUM_HTTP_REQUESTS_PENDING, AXUM_HTTP_REQUESTS_TOTAL, EndpointLabel,
    PrometheusMetricLayerBuilder,
};
use futures_util::FutureExt;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::PrometheusRecorder;
use shop::{Error, ErrorKind};

use crate::app::{self, AppState};
use crate::metrics::Shared;
use crate::metrics_crate::{MetricsCrate, recorder};
use crate::system;

/// Runs the shop with the library's layer.
pub(crate) async fn run() -> Result<()> {
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(Renamed(recorder))?;
    let metrics: Shared = Arc::new(MetricsCrate::of(handle));
    shop::run(|store| {
        system::sample_in_background(&metrics)?;
        let layer = PrometheusMetricLayerBuilder::new()
            .with_endpoint_label_type(EndpointLabel::MatchedPathWithFallbackFn(|_| "unmatched".to_owned()))
            .no_initialize_metrics()
            .build();
        let state = AppState { store, metrics: Arc::clone(&metrics) };
        let routes = app::routes(&state)
            .layer(from_fn(catch_panic))
            .layer(from_fn_with_state(Arc::clone(&metrics), count_exceptions))
            .layer(layer);
        Ok(app::with_page(routes, state))
    })
    .await
}

async fn catch_panic(request: Request, next: Next) -> Response {
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    response.unwrap_or_else(|_| Error::Panic.into_response())
}

/// The library counts requests, and knows nothing of why they fail.
async fn count_exceptions(State(metrics): State<Shared>, request: Request, next: Next) -> Response {
    let method = app::method_label(request.method());
    let path = app::path_label(&request);
    let response = next.run(request).await;
    if let Some(ErrorKind(kind)) = response.extensions().get() {
        metrics.exception(method, &path, kind);
    }
    response
}

/// A recorder that hands metrics on under other names.
struct Renamed(PrometheusRecorder);

impl Recorder for Renamed {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.describe_counter(name, unit, description);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.describe_gauge(name, unit, description);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.describe_histogram(name, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.0.register_counter(&renamed(key), metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.0.register_gauge(&renamed(key), metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.0.register_histogram(&renamed(key), metadata)
    }
}

fn renamed(key: &Key) -> Key {
    let name = match key.name() {
        AXUM_HTTP_REQUESTS_TOTAL => "http_requests_total",
        AXUM_HTTP_REQUESTS_PENDING => "http_requests_in_progress",
        AXUM_HTTP_REQUESTS_DURATION_SECONDS => "http_request_duration_seconds",
        name => name,
    };
    // The library labels the histogram with the status, too. That would be a dozen lines more for each.
    let is_extra = |label: &&Label| key.name() == AXUM_HTTP_REQUESTS_DURATION_SECONDS && label.key() == "status";
    let labels: Vec<_> = key.labels().filter(|label| !is_extra(label)).map(renamed_label).collect();
    Key::from_parts(name.to_owned(), labels)
}

fn renamed_label(label: &Label) -> Label {
    match label.key() {
        "endpoint" => Label::new("path", label.value().to_owned()),
        "status" => Label::new("status_code", label.value().to_owned()),
        // The library has no name for a method that a client made up.
        "method" if label.value().is_empty() => Label::new("method", "other"),
        _ => label.clone(),
    }
}
