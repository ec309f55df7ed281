//! A scrape as Prometheus makes it, which has to be answered in time.

use std::time::Duration;

use exposition::Page;
use reqwest::Client;
use tokio::time::Instant;

use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App, exchange};
use crate::subject::scrape::Broken;

/// How long Prometheus waits for a page by default.
pub(super) const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);
/// What a scrape says that has no chance: an exporter that listens to it does not wait the whole ten seconds.
pub(super) const ANNOUNCED: Duration = Duration::from_secs(1);
/// By this header Prometheus says how long it waits.
pub(super) const SCRAPE_TIMEOUT_HEADER: &str = "x-prometheus-scrape-timeout-seconds";

/// What a scrape may take longer than it has announced: the machine may be busy.
const GRACE: Duration = Duration::from_secs(5);
/// Scrapes that take no longer meet no other work.
const QUIET: Duration = Duration::from_millis(60);
/// How many scrapes have to be as quick.
const LOOKS: usize = 3;
const ROOM_WHEN_BUSY: Duration = Duration::from_secs(2);

/// Scrapes as Prometheus does: says how long it waits, and gives up a little later, or after ten seconds.
pub(super) async fn scrape_in_time(app: &App, announced: Duration, when: &str) -> Outcome<Page> {
    let limit = SCRAPE_TIMEOUT.min(announced + GRACE);
    match fetch(app, &announced.as_secs().to_string(), limit).await {
        Ok(answer) => answer.page(),
        Err(error) => no_answer(&error, announced, limit, when).stop(),
    }
}

/// Scrapes as Prometheus does: says how long it waits, and waits so long, or a little longer. Whether there was a page by
/// then.
pub(super) async fn is_answered_in_time(app: &App, announced: &str, room: Duration, when: &str) -> Outcome<bool> {
    let seconds: f64 = announced.parse().map_err(Stop::not_run)?;
    match fetch(app, announced, Duration::from_secs_f64(seconds) + room).await {
        Ok(answer) => answer.page().map(|_| true),
        Err(error) if error.is_timeout() => Ok(false),
        Err(error) => broken(&error, when).stop(),
    }
}

/// How much later than announced a page may come: not at all where the machine is quiet, as a scrape shows for which
/// nobody has to wait.
pub(super) async fn room(app: &App) -> Outcome<Duration> {
    Ok(if is_quiet(app).await? { Duration::ZERO } else { ROOM_WHEN_BUSY })
}

/// Whether scrapes meet no other work on this machine.
pub(super) async fn is_quiet(app: &App) -> Outcome<bool> {
    for _ in 0..LOOKS {
        let started = Instant::now();
        app.scrape().await?;
        if started.elapsed() >= QUIET {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Asks for the page, and says in the header how long somebody waits for it.
pub(super) async fn fetch(app: &App, announced: &str, limit: Duration) -> reqwest::Result<Answer> {
    let client = Client::builder().no_proxy().timeout(limit).build()?;
    let url = format!("{}/metrics", app.base_url());
    let request = client.get(url).header(SCRAPE_TIMEOUT_HEADER, announced);
    let reply = exchange("GET /metrics".to_owned(), request).await.map_err(Broken::into_error)?;
    Ok(reply.answer)
}

/// The same once more, where a busy machine has needed more.
pub(super) async fn scrape_in_time_at_last(app: &App, announced: Duration, when: &str) -> Outcome<Page> {
    match scrape_in_time(app, announced, when).await {
        Err(Stop::Failed(_)) => scrape_in_time(app, announced, when).await,
        outcome => outcome,
    }
}

fn no_answer(error: &reqwest::Error, announced: Duration, limit: Duration, when: &str) -> Failure {
    let seconds = limit.as_secs();
    if !error.is_timeout() {
        return broken(error, when);
    }
    if announced < SCRAPE_TIMEOUT {
        return late(&format!("{}`, or a little later", announced.as_secs()), &format!("{seconds} seconds"), when);
    }
    Failure::change(format!("Answer each scrape in time, even when {when}."))
        .expected(format!("a page with status 200 within {seconds} seconds, when {when}"))
        .seen([format!("GET /metrics -> nothing for {seconds} seconds")])
        .mistake("A collector waits for PostgreSQL without a limit. It takes two: `statement_timeout` and `lock_timeout` end the query in PostgreSQL, and a deadline in the exporter ends the waiting when PostgreSQL says nothing at all.")
        .why("Prometheus gives up after its scrape timeout. Then all metrics of the database are missing, in the one minute that matters.")
}

fn broken(error: &reqwest::Error, when: &str) -> Failure {
    Failure::change(format!("Answer each scrape, even when {when}."))
        .expected(format!("a page with status 200, when {when}"))
        .seen([format!("GET /metrics -> {error}")])
        .mistake("The program has ended, because it wants a connection before it serves. Or a handler has panicked.")
        .why("An exporter that is gone takes all its alerts with it, that on `pg_up` first.")
}

/// What is wrong with a page that comes after the time that the scrape has announced.
pub(super) fn late(limit: &str, waited: &str, when: &str) -> Failure {
    Failure::change(format!("Answer each scrape within the time that it announces, even when {when}."))
        .expected(format!("a page with status 200, when {when}, within `{SCRAPE_TIMEOUT_HEADER}: {limit}"))
        .seen([format!("GET /metrics -> nothing for {waited}")])
        .mistake("Some wait has no limit, or one that is longer than Prometheus waits: for a connection, for an answer, or for another scrape. `timeout_at(deadline, ...)` around each of them ends it, and the deadline is what this scrape has announced.")
        .why("Prometheus gives up after its scrape timeout. Then all metrics of the database are missing, in the one minute that matters.")
}
