//! A table that is locked for the whole time of a scrape.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::collectors::{TABLE, TABLES, recovers, require_others, require_word_of_failure};
use super::scrape::{SCRAPE_TIMEOUT, scrape_in_time};
use crate::exposition::{MetricType, Page};
use crate::lessons::exporter::lines::{lines, series};
use crate::lessons::exporter::names::SUCCESS;
use crate::lessons::exporter::require::require_family;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;

const LOCKS: &str = "pg_locks_count";
const SIZE: &str = "pg_stat_user_tables_table_size_bytes";
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const WHEN: &str = "a table is locked exclusively";

pub(super) async fn table_does_not_hold_up_the_scrape(exporter: &Exporter) -> Outcome {
    let mut holder = exporter.database.connect().await?;
    holder.run(&format!("BEGIN; LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")).await?;
    let page = scrape_in_time(&exporter.app, SCRAPE_TIMEOUT, WHEN).await?;
    leaves_no_query_behind(exporter).await?;
    holder.close().await?;

    require_others(&page, TABLES, WHEN)?;
    shows_the_lock(exporter, &page)?;
    require_family(
        exporter,
        &page,
        SUCCESS,
        MetricType::Gauge,
        &["collector"],
        "It tells which collector did not work.",
    )?;
    // Whoever gets the size without the lock has nothing to confess.
    if page.matching(SIZE, &[("relname", TABLE)]).next().is_none() {
        require_word_of_failure(&page, WHEN)?;
    }
    recovers(exporter, "the lock on a table was released").await
}

/// To drop a future ends the waiting in the exporter. PostgreSQL goes on until it is told otherwise.
async fn leaves_no_query_behind(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let role = &exporter.database.name;
    let waiting = format!("pg_stat_activity WHERE usename = '{role}' AND wait_event_type = 'Lock'");
    let deadline = Instant::now() + SCRAPE_TIMEOUT;
    loop {
        let sessions = session.number(&format!("SELECT count(*)::float8 FROM {waiting}")).await?;
        if sessions == 0.0 {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return left_behind(sessions).stop();
        }
        sleep(POLL_INTERVAL).await;
    }
}

fn left_behind(sessions: f64) -> Failure {
    let seconds = SCRAPE_TIMEOUT.as_secs();
    Failure::change("End a query in PostgreSQL, too, when nobody waits for its result any more.")
        .expected("no session of the exporter that waits for a lock, once the scrape is answered")
        .seen([format!("{sessions} of its sessions wait for the lock, {seconds} seconds later")])
        .mistake("There is a deadline in the exporter, and no `statement_timeout` or `lock_timeout` in its sessions.")
        .why("Each scrape leaves one more session behind. When the lock is gone at last, there is no connection left for customers.")
}

fn shows_the_lock(exporter: &Exporter, page: &Page) -> Outcome {
    let labels = [("datname", exporter.database.name.as_str()), ("mode", "accessexclusivelock")];
    if page.sum(LOCKS, &labels) >= 1.0 {
        return Ok(());
    }
    Failure::change("Read everything at the scrape.")
        .expected(format!("{} 1, at the first scrape after the lock was taken", series(LOCKS, &labels)))
        .seen(lines(page, LOCKS, &labels[..1]))
        .mistake("The values come from a cache, or are read on a timer of the exporter's own.")
        .why("What hangs now has to be on the page now.")
        .stop()
}
