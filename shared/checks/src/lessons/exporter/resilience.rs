//! The exporter answers in time, whatever the database does, and is no burden to it.

mod connections;
mod failures;
mod locked;
mod outage;
mod stalled;

use std::time::Duration;

use reqwest::Client;

use super::{SUCCESS, lines};
use crate::exposition::Page;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App};
use crate::subject::exporter::Exporter;

/// How long Prometheus waits for a page by default.
const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);
/// What a scrape says that has no chance: an exporter that listens to it does not wait the whole ten seconds.
const ANNOUNCED: Duration = Duration::from_secs(1);
/// By this header Prometheus says how long it waits.
const SCRAPE_TIMEOUT_HEADER: &str = "x-prometheus-scrape-timeout-seconds";

/// A series of each collector.
const COLLECTORS: [Collected; 5] = [
    Collected { view: "pg_stat_database", metric: "pg_stat_database_xact_commit" },
    Collected { view: "pg_stat_activity", metric: "pg_stat_activity_count" },
    Collected { view: "pg_locks", metric: "pg_locks_count" },
    Collected { view: "pg_settings", metric: "pg_settings_max_connections" },
    Collected { view: TABLES, metric: "pg_stat_user_tables_n_tup_ins" },
];
/// A table of the check's own.
const TABLE: &str = "held";
const TABLES: &str = "pg_stat_user_tables";

/// What a collector reads, and what it makes of it.
struct Collected {
    view: &'static str,
    metric: &'static str,
}

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    every_collector_is_there(exporter).await?;
    connections::are_few(exporter).await?;
    outage::is_shown_and_survived(exporter).await?;
    locked::table_does_not_hold_up_the_scrape(exporter).await?;
    stalled::server_does_not_hold_up_the_scrape(exporter).await?;
    failures::leave_other_collectors_alone(exporter).await
}

/// Without them, there is nothing that could fail.
async fn every_collector_is_there(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    session.run(&format!("DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} (id int PRIMARY KEY)")).await?;
    let page = exporter.app.scrape().await?;
    let is_missing = |collected: &&Collected| page.series(collected.metric).next().is_none();
    let Some(missing) = COLLECTORS.iter().find(is_missing) else { return Ok(()) };
    Failure::change("Finish the other steps first: this check needs all collectors.")
        .expected(format!("series of `{}`, on a database that is well", missing.metric))
        .seen(lines(&page, missing.metric, &[]))
        .seen(super::last_log_lines(exporter))
        .mistake("A collector is not written yet, is missing from `COLLECTORS`, or its query fails.")
        .why("An exporter without collectors cannot be held up by any of them. That is no merit.")
        .stop()
}

/// Scrapes as Prometheus does: says how long it waits, and gives up after ten seconds at the latest.
async fn scrape_in_time(app: &App, announced: Duration, when: &str) -> Outcome<Page> {
    let request = "GET /metrics";
    let client = Client::builder().no_proxy().timeout(SCRAPE_TIMEOUT).build();
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
        Err(error) => late(&error, when).stop(),
    }
}

fn late(error: &reqwest::Error, when: &str) -> Failure {
    let seconds = SCRAPE_TIMEOUT.as_secs();
    if !error.is_timeout() {
        return Failure::change(format!("Answer each scrape, even when {when}."))
            .expected(format!("a page with status 200, when {when}"))
            .seen([format!("GET /metrics -> {error}")])
            .mistake(
                "The program has ended, because it wants a connection before it serves. Or a handler has panicked.",
            )
            .why("An exporter that is gone takes all its alerts with it, that on `pg_up` first.");
    }
    Failure::change(format!("Answer each scrape in time, even when {when}."))
        .expected(format!("a page with status 200 within {seconds} seconds, when {when}"))
        .seen([format!("GET /metrics -> nothing for {seconds} seconds")])
        .mistake("A collector waits for PostgreSQL without a limit. It takes two: `statement_timeout` and `lock_timeout` end the query in PostgreSQL, and a deadline in the exporter ends the waiting when PostgreSQL says nothing at all.")
        .why("Prometheus gives up after its scrape timeout. Then all metrics of the database are missing, in the one minute that matters.")
}

/// Ends the check unless every collector but this one has its series.
fn require_others(page: &Page, failed: &str, when: &str) -> Outcome {
    let is_missing = |collected: &&Collected| page.series(collected.metric).next().is_none();
    let Some(missing) = COLLECTORS.iter().filter(|collected| collected.view != failed).find(is_missing) else {
        return Ok(());
    };
    Failure::change(format!("Show what the other collectors have read, when {when}."))
        .expected(format!("series of `{}` and of all collectors but that of `{failed}`, when {when}", missing.metric))
        .seen(lines(page, missing.metric, &[]))
        .seen(lines(page, SUCCESS, &[]))
        .mistake("A collector is missing. Or a `?` ends the scrape at the first error, all collectors share a transaction that the error has ended, or they stand in a row behind the one that waits.")
        .why("What still works is what you need to find out what does not.")
        .stop()
}

/// Ends the check unless some collector says that it failed.
fn require_word_of_failure(page: &Page, when: &str) -> Outcome {
    if page.series(SUCCESS).any(|sample| sample.value == 0.0) {
        return Ok(());
    }
    Failure::change(format!("Set `{SUCCESS}` of a collector to 0 when it could not read everything."))
        .expected(format!("{SUCCESS}{{collector=\"...\"}} 0 for the collector that failed, when {when}"))
        .seen(lines(page, SUCCESS, &[]))
        .mistake("The error is only logged, or is swallowed by an `if let Ok(...)`.")
        .why("Series that are missing make no alert fire. This one can.")
        .stop()
}

fn all_succeed(page: &Page) -> bool {
    page.series(SUCCESS).next().is_some() && page.series(SUCCESS).all(|sample| sample.value == 1.0)
}

/// All collectors work again, after something that kept them from it.
async fn recovers(exporter: &Exporter, after: &str) -> Outcome {
    let is_well = |page: &Page| page.value(super::UP, &[]) == Some(1.0) && all_succeed(page);
    let page = exporter.app.scrape_until(is_well).await?;
    if is_well(&page) {
        return require_others(&page, "", after);
    }
    Failure::change(format!("Recover without a restart, after {after}."))
        .expected(format!("{} 1, and {SUCCESS} 1 for all collectors, after {after}", super::UP))
        .seen(lines(&page, super::UP, &[]))
        .seen(lines(&page, SUCCESS, &[]))
        .seen(super::last_log_lines(exporter))
        .mistake("A connection that broke, or that still waits, is used again. Or a value is set on failure alone, and never back.")
        .why("Nobody restarts the exporter after an outage of the database. From then on, it shows an outage that is over.")
        .stop()
}
