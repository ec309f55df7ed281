//! One scrape, from the request to the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use sqlx::PgConnection;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::collectors;
use crate::connection::Pool;
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
    turn: Mutex<Turn>,
    scrapes: AtomicU64,
    /// Whether the scrape whose turn it is has a connection.
    is_up: AtomicBool,
}

/// What only one scrape at a time has.
struct Turn {
    pool: Pool,
    latest: Option<Reading>,
}

/// What a scrape has read.
struct Reading {
    started: Instant,
    time_limit: Duration,
    complete: bool,
    page: Bytes,
}

impl Reading {
    /// Whether it is as good as one of one's own: as new, and as complete as there is time for.
    fn serves(&self, asked: Instant, time_limit: Duration) -> bool {
        self.started >= asked && (self.complete || self.time_limit >= time_limit)
    }
}

impl Exporter {
    pub(crate) fn new(pool: Pool) -> Self {
        let turn = Mutex::new(Turn { pool, latest: None });
        Self { turn, scrapes: AtomicU64::new(0), is_up: AtomicBool::new(false) }
    }

    /// Waits for its turn. A page that was begun meanwhile is as good as one of its own: so a hundred scrapes at once need
    /// one connection, and the time of two.
    async fn scrape(&self, time_limit: Duration) -> Bytes {
        let asked = Instant::now();
        let deadline = asked + time_limit;
        // Only the number has to differ; it orders nothing else.
        self.scrapes.fetch_add(1, Ordering::Relaxed);
        let mut families = Families::default();
        let Ok(mut turn) = timeout_at(deadline, self.turn.lock()).await else {
            tracing::warn!("another scrape was at work until the deadline of this one");
            collectors::none_succeeded(&mut families);
            return self.page(families, asked, false);
        };
        if let Some(latest) = turn.latest.as_ref().filter(|latest| latest.serves(asked, time_limit)) {
            return latest.page.clone();
        }
        turn.latest = None;
        let started = Instant::now();
        let complete = self.read(&mut turn.pool, deadline, &mut families).await;
        let page = self.page(families, started, complete);
        turn.latest = Some(Reading { started, time_limit, complete, page: page.clone() });
        page
    }

    /// Reads everything now, and says whether it could. A database that is down is no error: it is what the page has to say.
    async fn read(&self, pool: &mut Pool, deadline: Instant, families: &mut Families) -> bool {
        self.is_up.store(false, Ordering::Relaxed);
        let mut connection = match connect(pool, deadline).await {
            Ok(connection) => Some(connection),
            Err(error) => {
                tracing::warn!(%error, "cannot connect to the database: is it running, and are user and password right?");
                return false;
            }
        };
        self.is_up.store(true, Ordering::Relaxed);
        let complete = collectors::collect_all(&mut connection, deadline, families).await;
        if let Some(connection) = connection {
            pool.give_back(connection);
        }
        complete
    }

    /// The page with these families and our own.
    fn page(&self, mut families: Families, started: Instant, complete: bool) -> Bytes {
        let up = self.is_up.load(Ordering::Relaxed);
        let scrapes = self.scrapes.load(Ordering::Relaxed);
        families.add(&UP, &[], number(up));
        families.add(&SCRAPES, &[], scrapes as f64);
        families.add(&SCRAPE_ERROR, &[], number(!complete));
        families.add(&SCRAPE_DURATION, &[], started.elapsed().as_secs_f64());
        families.encode().into()
    }
}

async fn connect(pool: &mut Pool, deadline: Instant) -> Result<PgConnection> {
    timeout_at(deadline, pool.acquire()).await.context("the server gave no answer before the scrape's deadline")?
}

/// `GET /metrics`
pub(crate) async fn page(State(exporter): State<Arc<Exporter>>, headers: HeaderMap) -> impl IntoResponse {
    let time_limit = time_limit(&headers);
    // In a task of its own, which goes on when the client hangs up: a connection whose query is dropped half-way is lost.
    let page = tokio::spawn(async move { exporter.scrape(time_limit).await }).await;
    page.map(|page| ([(header::CONTENT_TYPE, CONTENT_TYPE)], page))
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// How long this scrape may take.
fn time_limit(headers: &HeaderMap) -> Duration {
    let header = headers.get(SCRAPE_TIMEOUT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    let scrape_timeout = header.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    scrape_timeout.unwrap_or(SCRAPE_TIMEOUT).min(SCRAPE_TIMEOUT).mul_f64(OUR_SHARE)
}
