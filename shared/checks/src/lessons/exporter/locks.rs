//! `pg_locks_count`: which locks are held or waited for.

use exposition::{MetricType, Page};

use super::column::Column;
use super::compare::is_on_the_page;
use super::fresh::{Move, Moved, is_read_at_each_scrape};
use super::lines::{last_log_lines, lines, series};
use super::require::require_family;
use super::view::View;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::session::literal;

pub(super) const LOCKS: &str = "pg_locks_count";
const MODES: [&str; 9] = [
    "accesssharelock",
    "rowsharelock",
    "rowexclusivelock",
    "shareupdateexclusivelock",
    "sharelock",
    "sharerowexclusivelock",
    "exclusivelock",
    STRONGEST,
    "sireadlock",
];
const STRONGEST: &str = "accessexclusivelock";
const WHY: &str =
    "A migration that waits for one lock makes everybody else wait behind it. This is the graph on which that shows.";

/// No statistics speak of a view, so that no collector but this one sees the lock.
const VIEW: &str = "CREATE OR REPLACE VIEW locked AS SELECT 1 AS one";
const LOCK: &str = "BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE";

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    let page = exporter.app.scrape().await?;
    require_family(exporter, &page, LOCKS, MetricType::Gauge, &["datname", "mode"], WHY)?;
    let mut session = exporter.database.connect().await?;
    every_mode_is_there(
        &session.texts("SELECT datname::text FROM pg_database ORDER BY datname <> current_database(), 1").await?,
        &page,
    )?;
    session.close().await?;

    let mut holder = exporter.database.connect().await?;
    holder.run(VIEW).await?;
    holder.run(LOCK).await?;
    becomes(exporter, 1.0, "one session holds it", "PostgreSQL writes the modes as `AccessExclusiveLock`, and they were compared without `lower`. Or the value was not read at this scrape.").await?;

    let moved = Moved {
        metric: LOCKS,
        labels: &[("datname", exporter.database.name.as_str()), ("mode", STRONGEST)],
        there: Move { sql: &["ROLLBACK"], value: Some(0.0) },
        back: Move { sql: &[LOCK], value: Some(1.0) },
    };
    is_read_at_each_scrape(exporter, &mut holder, &moved).await?;

    let mut waiter = exporter.database.connect().await?;
    let watch = async {
        let outcome = becomes(
            exporter,
            2.0,
            "one session holds it, and one waits for it",
            "Are only locks counted that are `granted`? Those that somebody waits for are the interesting ones. Or is counted what is locked, or who has locked it, rather than the locks?",
        )
        .await;
        // Whatever came out: the other one still waits.
        holder.close().await?;
        outcome
    };
    let (waited, outcome) = tokio::join!(waiter.run(LOCK), watch);
    outcome?;
    waited?;
    waiter.close().await?;
    becomes(exporter, 0.0, "both have ended", "`count(*)` counts the row that an outer join makes for no lock: count a column of `pg_locks`. Or the series is kept from an earlier scrape.").await?;
    locks_of_another_database_are_on_the_page(exporter).await
}

/// Locks of each mode, on tables and without, granted or not, where no collector has any.
async fn locks_of_another_database_are_on_the_page(exporter: &Exporter) -> Outcome {
    let mut locks = exporter.scene.locks(&exporter.database).await?.lock().await;
    let mut session = exporter.database.connect().await?;
    let busy = exporter.database.busy();
    let view = View {
        from: "pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database",
        filter: &format!("datname = {}", literal(&busy)),
        grouped: true,
        labels: &[("datname", "datname"), ("mode", "lower(mode)")],
        columns: &[Column::gauge(LOCKS, "count(*)")],
        is_of_these: &|sample| sample.label("datname") == Some(&busy),
        missing: "The query leaves out a mode, or the locks of other databases.",
        differs: "Not all locks are counted, or locks of another mode or database, too. A lock may be on something else than a table (see `locktype`), and may be waited for (see `granted`).",
        why: WHY,
    };
    is_on_the_page(&view, exporter, &mut session).await?;
    locks.release(&exporter.database).await
}

fn every_mode_is_there(databases: &[String], page: &Page) -> Outcome {
    for datname in databases {
        for mode in MODES {
            let labels = [("datname", datname.as_str()), ("mode", mode)];
            if page.matching(LOCKS, &labels).next().is_none() {
                return Failure::change("Give each database all modes of locks, at 0 where there is none.")
                    .expected(format!("{} 0", series(LOCKS, &labels)))
                    .seen(lines(page, LOCKS, &labels[..1]))
                    .mistake("A `GROUP BY` of `pg_locks` has no row for what is not there, and writes the modes as PostgreSQL does: `AccessShareLock`, not `accesssharelock`.")
                    .why("A series that comes and goes leaves gaps, and an alert on it cannot tell \"no lock\" from \"nobody looked\".")
                    .stop();
            }
        }
    }
    Ok(())
}

async fn becomes(exporter: &Exporter, expected: f64, when: &str, mistake: &str) -> Outcome {
    let labels = [("datname", exporter.database.name.as_str()), ("mode", STRONGEST)];
    let page = exporter.app.scrape_until(|page| page.value(LOCKS, &labels) == Some(expected)).await?;
    if page.value(LOCKS, &labels) == Some(expected) {
        return Ok(());
    }
    Failure::change("Count the locks of each database and mode, at each scrape.")
        .expected(format!("{} {expected}, when {when}", series(LOCKS, &labels)))
        .seen(lines(&page, LOCKS, &labels))
        .seen(last_log_lines(exporter))
        .mistake(mistake)
        .why(WHY)
        .stop()
}
