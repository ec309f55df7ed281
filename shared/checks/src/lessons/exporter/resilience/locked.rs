//! A table that is locked for the whole time of a scrape.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use exposition::{MetricType, Page};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::collectors::{
    COLLECTORS, Collected, TABLE, TABLES, recovers, require_others, require_word_of_failure, scrape_without,
};
use super::connections::{AT_ONCE, FAILURES, stay_few};
use super::scrape::{SCRAPE_TIMEOUT, scrape_in_time, scrape_in_time_at_last};
use crate::lessons::exporter::column::Column;
use crate::lessons::exporter::lines::{lines, series};
use crate::lessons::exporter::names::SUCCESS;
use crate::lessons::exporter::require::require_family;
use crate::lessons::exporter::tables::STATISTICS;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

const LOCKS: &str = "pg_locks_count";
const SIZE: &str = "pg_stat_user_tables_table_size_bytes";
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// What the lesson promises, in seconds.
const A_MOMENT: f64 = 1.0;
/// How often the check looks until it was quick enough.
const ATTEMPTS: usize = 3;
const WHEN: &str = "a table is locked exclusively";

pub(super) async fn table_does_not_hold_up_the_scrape(exporter: &Exporter) -> Outcome {
    let mut holder = exporter.database.connect().await?;
    holder.run(&format!("BEGIN; LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")).await?;
    let page = scrape_without(TABLES, || scrape_in_time_at_last(&exporter.app, SCRAPE_TIMEOUT, WHEN)).await?;
    leaves_no_query_behind(exporter).await?;
    require_others(&page, TABLES, WHEN)?;
    loses_nothing_but_sizes(&page)?;
    waits_for_a_moment_only(exporter).await?;
    let mut session = exporter.database.connect().await?;
    // However late they are: this is about what they leave behind.
    drop(join_all((0..AT_ONCE).map(|_| scrape_in_time(&exporter.app, SCRAPE_TIMEOUT, WHEN))).await);
    stay_few(exporter, &mut session, FAILURES).await?;
    holder.close().await?;

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
        require_word_of_failure(&page, collector_of_tables(), WHEN)?;
    }
    recovers(exporter, "the lock on a table was released").await
}

/// The collector that reads the tables.
fn collector_of_tables() -> &'static Collected {
    let [.., tables] = &COLLECTORS;
    tables
}

/// Statistics do not wait for a lock: they are there, of this table and of all others.
fn loses_nothing_but_sizes(page: &Page) -> Outcome {
    let is_missing = |column: &&Column| page.matching(column.metric, &[("relname", TABLE)]).next().is_none();
    let Some(column) = STATISTICS.iter().find(is_missing) else { return Ok(()) };
    let labels = [("relname", TABLE)];
    Failure::change("Show the statistics of a table also when it is locked.")
        .expected(format!("{}, when {WHEN}", series(column.metric, &labels)))
        .seen(lines(page, column.metric, &labels))
        .seen(lines(page, SUCCESS, &[("collector", collector_of_tables().name)]))
        .mistake("Sizes and statistics are read by one query, or the sizes first, or what was read before an error is thrown away. Only the sizes have to open the table, and so they wait for the lock: give them a query of their own, after the statistics, and keep what those have brought.")
        .why("When a migration holds a lock, one wants to see what else happens to this table.")
        .stop()
}

/// How long a session of the exporter waits for the lock, as PostgreSQL itself sees it. Where all cores are busy, that may
/// be longer once.
async fn waits_for_a_moment_only(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let mut shortest = f64::INFINITY;
    for _ in 0..ATTEMPTS {
        let is_answered = AtomicBool::new(false);
        let scrape = async {
            let page = scrape_in_time(&exporter.app, SCRAPE_TIMEOUT, WHEN).await;
            // The flag stands for itself.
            is_answered.store(true, Ordering::Relaxed);
            page
        };
        let (page, longest) = tokio::join!(scrape, longest_wait(exporter, &mut session, &is_answered));
        page?;
        shortest = shortest.min(longest?);
        if shortest < A_MOMENT {
            return Ok(());
        }
    }
    Failure::change("Wait for a lock for less than a second.")
        .expected(format!("no session of the exporter that waits for a lock for longer than {A_MOMENT} s"))
        .seen([format!("one of them waits for more than {A_MOMENT} s, in each of {ATTEMPTS} scrapes")])
        .mistake("`lock_timeout` is not set in the sessions, or is too long. `statement_timeout` alone lets a query wait until it is over, too.")
        .why("Whoever waits for a lock stands in the way of all that come later. And the connection is missing to other scrapes.")
        .stop()
}

async fn longest_wait(exporter: &Exporter, session: &mut Session, is_answered: &AtomicBool) -> Outcome<f64> {
    let role = &exporter.database.name;
    let wait = format!(
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float8 \
         FROM pg_locks JOIN pg_stat_activity USING (pid) \
         WHERE NOT granted AND usename = '{role}' AND datname = current_database()"
    );
    let mut longest = 0.0_f64;
    while !is_answered.load(Ordering::Relaxed) {
        longest = longest.max(session.number(&wait).await?);
        sleep(POLL_INTERVAL / 5).await;
    }
    Ok(longest)
}

/// To drop a future ends the waiting in the exporter. PostgreSQL goes on until it is told otherwise.
async fn leaves_no_query_behind(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let role = &exporter.database.name;
    let waiting = format!(
        "pg_stat_activity WHERE usename = '{role}' AND datname = current_database() AND wait_event_type = 'Lock'"
    );
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
