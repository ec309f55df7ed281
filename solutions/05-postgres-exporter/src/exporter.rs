//! One scrape, from the request to the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use sqlx::PgPool;
use tokio::time::{Instant, timeout_at};

use crate::collectors;
use crate::families::{Descriptor, Families, number};

/// The version of Prometheus's text format, as [its documentation] asks the header to say.
///
/// [its documentation]: https://prometheus.io/docs/instrumenting/exposition_formats/
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long Prometheus waits for a page, in seconds. It says so with each scrape.
const SCRAPE_TIMEOUT_HEADER: &str = "x-prometheus-scrape-timeout-seconds";

/// How long Prometheus waits where it says nothing, by default. We never take longer, whatever it says.
const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);

/// The part of that time which is ours. The rest is for writing the page and for its way through the network.
const OUR_SHARE: f64 = 0.9;

const UP: Descriptor<'_> = Descriptor::gauge("pg_up", "Whether this scrape could connect to the server: 1 yes, 0 no.");
const SCRAPES: Descriptor<'_> = Descriptor::counter("pg_exporter_scrapes_total", "Scrapes of this exporter.");
const SCRAPE_DURATION: Descriptor<'_> =
    Descriptor::gauge("pg_exporter_last_scrape_duration_seconds", "How long this scrape took.");
const SCRAPE_ERROR: Descriptor<'_> =
    Descriptor::gauge("pg_exporter_last_scrape_error", "Whether anything failed in this scrape: 1 yes, 0 no.");

/// What scrapes share.
pub(crate) struct Exporter {
    pool: PgPool,
    scrapes: AtomicU64,
}

impl Exporter {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool, scrapes: AtomicU64::new(0) }
    }

    /// Reads everything now. A database that is down is no error: it is what the page has to say.
    async fn scrape(&self, time_limit: Duration) -> Families {
        let started = Instant::now();
        let deadline = started + time_limit;
        let mut families = Families::default();
        let up = self.can_connect(deadline).await;
        let complete = up && collectors::collect_all(&self.pool, deadline, &mut families).await;
        // Only the number has to differ; it orders nothing else.
        let scrapes = self.scrapes.fetch_add(1, Ordering::Relaxed) + 1;
        families.add(&UP, &[], number(up));
        families.add(&SCRAPES, &[], scrapes as f64);
        families.add(&SCRAPE_ERROR, &[], number(!complete));
        families.add(&SCRAPE_DURATION, &[], started.elapsed().as_secs_f64());
        families
    }

    /// Whether there is a connection that answers. The pool asks an idle one for a sign of life before it gives it out.
    async fn can_connect(&self, deadline: Instant) -> bool {
        match timeout_at(deadline, self.pool.acquire()).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot connect to the database: is it running, and are user and password right?");
                false
            }
            Err(_) => {
                tracing::warn!("the database gave no connection before the scrape's deadline");
                false
            }
        }
    }
}

/// `GET /metrics`
pub(crate) async fn page(State(exporter): State<Arc<Exporter>>, headers: HeaderMap) -> impl IntoResponse {
    let time_limit = time_limit(&headers);
    // In a task of its own, which goes on when the client hangs up: a connection whose query is dropped half-way may never
    // come back to the pool.
    let families = tokio::spawn(async move { exporter.scrape(time_limit).await }).await;
    let page = families.map_err(anyhow::Error::from).and_then(|families| Ok(families.encode()?));
    page.map(|page| ([(header::CONTENT_TYPE, CONTENT_TYPE)], page))
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// How long this scrape may take.
fn time_limit(headers: &HeaderMap) -> Duration {
    let header = headers.get(SCRAPE_TIMEOUT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    let scrape_timeout = header.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    scrape_timeout.unwrap_or(SCRAPE_TIMEOUT).min(SCRAPE_TIMEOUT).mul_f64(OUR_SHARE)
}
