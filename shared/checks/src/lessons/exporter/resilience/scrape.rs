//! A scrape as Prometheus makes it, which has to be answered in time.

use std::time::Duration;

use reqwest::Client;

use crate::exposition::Page;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App};

/// How long Prometheus waits for a page by default.
pub(super) const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);
/// What a scrape says that has no chance: an exporter that listens to it does not wait the whole ten seconds.
pub(super) const ANNOUNCED: Duration = Duration::from_secs(1);
/// By this header Prometheus says how long it waits.
const SCRAPE_TIMEOUT_HEADER: &str = "x-prometheus-scrape-timeout-seconds";

/// What a scrape may take longer than it has announced: the machine may be busy.
const GRACE: Duration = Duration::from_secs(5);

/// Scrapes as Prometheus does: says how long it waits, and gives up a little later, or after ten seconds.
pub(super) async fn scrape_in_time(app: &App, announced: Duration, when: &str) -> Outcome<Page> {
    let request = "GET /metrics";
    let limit = SCRAPE_TIMEOUT.min(announced + GRACE);
    let client = Client::builder().no_proxy().timeout(limit).build();
    let client = client.map_err(|error| Stop::NotRun(error.to_string()))?;
    let url = format!("{}/metrics", app.base_url());
    let sent = client.get(url).header(SCRAPE_TIMEOUT_HEADER, announced.as_secs().to_string()).send().await;
    let answer = async {
        let response = sent?;
        let status = response.status().as_u16();
        let content_type =
            response.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Answer { request: request.into(), status, content_type, body: response.text().await? })
    };
    match answer.await {
        Ok(answer) => answer.page(),
        Err(error) => late(&error, announced, limit, when).stop(),
    }
}

/// The same with the whole ten seconds, of which a busy machine may need more once.
pub(super) async fn scrape_in_time_at_last(app: &App, when: &str) -> Outcome<Page> {
    match scrape_in_time(app, SCRAPE_TIMEOUT, when).await {
        Err(Stop::Failed(_)) => scrape_in_time(app, SCRAPE_TIMEOUT, when).await,
        outcome => outcome,
    }
}

fn late(error: &reqwest::Error, announced: Duration, limit: Duration, when: &str) -> Failure {
    let seconds = limit.as_secs();
    if !error.is_timeout() {
        return Failure::change(format!("Answer each scrape, even when {when}."))
            .expected(format!("a page with status 200, when {when}"))
            .seen([format!("GET /metrics -> {error}")])
            .mistake(
                "The program has ended, because it wants a connection before it serves. Or a handler has panicked.",
            )
            .why("An exporter that is gone takes all its alerts with it, that on `pg_up` first.");
    }
    if announced < SCRAPE_TIMEOUT {
        let announced = announced.as_secs();
        return Failure::change(format!("Answer each scrape within the time that it announces, even when {when}."))
            .expected(format!("a page with status 200, when {when}, within `{SCRAPE_TIMEOUT_HEADER}: {announced}`, or a little later"))
            .seen([format!("GET /metrics -> nothing for {seconds} seconds")])
            .mistake("Some wait has no limit, or one that is longer than Prometheus waits: for a connection, for an answer, or for another scrape. `timeout_at(deadline, ...)` around each of them ends it, and the deadline is what this scrape has announced.")
            .why("Prometheus gives up after its scrape timeout. Then all metrics of the database are missing, in the one minute that matters.");
    }
    Failure::change(format!("Answer each scrape in time, even when {when}."))
        .expected(format!("a page with status 200 within {seconds} seconds, when {when}"))
        .seen([format!("GET /metrics -> nothing for {seconds} seconds")])
        .mistake("A collector waits for PostgreSQL without a limit. It takes two: `statement_timeout` and `lock_timeout` end the query in PostgreSQL, and a deadline in the exporter ends the waiting when PostgreSQL says nothing at all.")
        .why("Prometheus gives up after its scrape timeout. Then all metrics of the database are missing, in the one minute that matters.")
}
