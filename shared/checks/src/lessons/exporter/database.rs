//! `pg_stat_database_*` and `pg_database_size_bytes`: what happens in each database, and how large it is.

use std::collections::BTreeSet;
use std::time::Duration;

use exposition::{MetricType, Page, Sample};
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use super::column::{Column, Kind, Null};
use super::compare::{DIFFERS, is_on_the_page};
use super::fresh::{Move, Moved, is_read_at_each_scrape};
use super::lines::{last_log_lines, lines, series};
use super::names::UP;
use super::require::require_family;
use super::view::View;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::PATIENCE;
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

const BACKENDS: &str = "pg_stat_database_numbackends";
const COMMITS: &str = "pg_stat_database_xact_commit";
const LABELS: [&str; 2] = ["datid", "datname"];
const LABELS_IN_SQL: &[(&str, &str)] = &[("datid", "datid"), ("datname", "datname")];
const SIZE: &str = "pg_database_size_bytes";
const WHY: &str = "Commits, rollbacks and rows per second are the pulse of a database. They tell whether a slow shop has a busy database or an idle one.";

const MISSING: &str = "The query asks for the database of the connection alone, or for those that were there at the start. Or a name was changed on its way to the page.";

pub(super) const STATISTICS: &[Column] = &[
    Column::counter(COMMITS, "xact_commit"),
    Column::counter("pg_stat_database_xact_rollback", "xact_rollback"),
    Column::counter("pg_stat_database_blks_read", "blks_read"),
    Column::counter("pg_stat_database_blks_hit", "blks_hit"),
    Column::counter("pg_stat_database_tup_returned", "tup_returned"),
    Column::counter("pg_stat_database_tup_fetched", "tup_fetched"),
    Column::counter("pg_stat_database_tup_inserted", "tup_inserted"),
    Column::counter("pg_stat_database_tup_updated", "tup_updated"),
    Column::counter("pg_stat_database_tup_deleted", "tup_deleted"),
    Column::counter("pg_stat_database_conflicts", "conflicts"),
    Column::counter("pg_stat_database_temp_files", "temp_files"),
    Column::counter("pg_stat_database_temp_bytes", "temp_bytes"),
    Column::counter("pg_stat_database_deadlocks", "deadlocks"),
    Column::counter("pg_stat_database_blk_read_time", "blk_read_time"),
    Column::counter("pg_stat_database_blk_write_time", "blk_write_time"),
    Column::counter("pg_stat_database_stats_reset", "extract(epoch FROM coalesce(stats_reset, 'epoch'))")
        .of_kind(Kind::WholeSeconds)
        .or_null(Null::time("stats_reset", "nobody has ever reset these statistics")),
    Column::counter("pg_stat_database_active_time_seconds_total", "active_time / 1000"),
];
const BACKENDS_OF_OTHERS: &[Column] = &[Column::gauge(BACKENDS, "numbackends")];
pub(super) const SIZES: &[Column] = &[Column::gauge(SIZE, "pg_database_size(oid)")];

/// How many sessions the check holds: more than the exporter has.
const HELD: u8 = 12;
/// How many it holds in another database.
const HELD_IN_ANOTHER: u8 = 5;
const MOST_OF_THE_EXPORTER: f64 = 10.0;
/// How many transactions the check commits.
const TRANSACTIONS: usize = 20;
/// How long PostgreSQL may take to add up what a session did that has ended.
pub(super) const STATISTICS_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    // An old page, from a cache, must not happen to hold a number that another column has now.
    commit_and_roll_back(exporter, &mut session).await?;
    is_up(exporter).await?;
    let page = exporter.app.scrape().await?;
    require_family(exporter, &page, COMMITS, MetricType::Counter, &LABELS, WHY)?;
    commit_and_roll_back(exporter, &mut session).await?;

    exporter.scene.statistics(&exporter.database).await?;
    statistics_are_on_the_page(exporter, &mut session).await?;
    // A counter that begins anew does so on the page. Not in the watched database, whose tables others look at.
    let mut busy = exporter.database.connect_to(&exporter.database.busy()).await?;
    busy.run("SELECT pg_stat_reset()").await?;
    busy.close().await?;
    statistics_are_on_the_page(exporter, &mut session).await?;
    sessions_are_counted(exporter, &mut session).await?;
    sessions_of_others_are_counted(exporter, &mut session).await?;
    databases_come_and_go(exporter, &mut session).await
}

/// The watched database first, then all of them.
async fn statistics_are_on_the_page(exporter: &Exporter, session: &mut Session) -> Outcome {
    let is_own = |sample: &Sample| sample.label("datname") == Some(&exporter.database.name);
    let is_any = |sample: &Sample| sample.label("datname").is_some_and(|name| !name.is_empty());
    let any: &(dyn Fn(&Sample) -> bool + Sync) = &is_any;
    for (filter, is_of_these) in [("datname = current_database()", &is_own as _), ("datname IS NOT NULL", any)] {
        let view = View {
            from: "pg_stat_database",
            filter,
            grouped: false,
            labels: LABELS_IN_SQL,
            columns: STATISTICS,
            is_of_these,
            missing: MISSING,
            differs: DIFFERS,
            why: WHY,
        };
        is_on_the_page(&view, exporter, session).await?;
        let view = View { from: "pg_database", labels: &[("datname", "datname")], columns: SIZES, ..view };
        is_on_the_page(&view, exporter, session).await?;
    }
    Ok(())
}

/// How many sessions the exporter itself has is its own affair, so that the number has some room.
async fn sessions_are_counted(exporter: &Exporter, session: &mut Session) -> Outcome {
    let sessions = try_join_all((0..HELD).map(|_| exporter.database.connect())).await?;
    backends_are(exporter, session).await?;
    for session in sessions {
        session.close().await?;
    }
    backends_are(exporter, session).await
}

/// Where the exporter has no session, the number is exact.
async fn sessions_of_others_are_counted(exporter: &Exporter, session: &mut Session) -> Outcome {
    let (own, busy) = (&exporter.database.name, exporter.database.busy());
    let _held = try_join_all((0..HELD_IN_ANOTHER).map(|_| exporter.database.connect_to(&busy))).await?;
    let view = View {
        from: "pg_stat_database",
        filter: "datname <> current_database()",
        grouped: false,
        labels: LABELS_IN_SQL,
        columns: BACKENDS_OF_OTHERS,
        is_of_these: &|sample| sample.label("datname").is_some_and(|name| !name.is_empty() && name != own),
        missing: MISSING,
        differs: DIFFERS,
        why: "When they reach `max_connections`, the next customer is refused.",
    };
    is_on_the_page(&view, exporter, session).await
}

async fn backends_are(exporter: &Exporter, session: &mut Session) -> Outcome {
    let (name, labels) = (&exporter.database.name, [("datname", exporter.database.name.as_str())]);
    let others =
        format!("SELECT count(*)::float8 FROM pg_stat_activity WHERE datname = '{name}' AND usename <> '{name}'");
    let deadline = Instant::now() + PATIENCE;
    let (page, least, most) = loop {
        // A session that ends is gone a little later.
        let before = session.number(&others).await?;
        let page = exporter.app.scrape().await?;
        let after = session.number(&others).await?;
        let (least, most) = (before.min(after), before.max(after) + MOST_OF_THE_EXPORTER);
        require_family(exporter, &page, BACKENDS, MetricType::Gauge, &LABELS, WHY)?;
        if (least..=most).contains(&page.sum(BACKENDS, &labels)) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            break (page, least, most);
        }
        sleep(PATIENCE / 100).await;
    };
    Failure::change(format!("Set `{BACKENDS}` to the sessions that there are now."))
        .expected(format!(
            "{}: from {least} to {most}, with {least} sessions beside those of the exporter",
            series(BACKENDS, &labels),
        ))
        .seen(lines(&page, BACKENDS, &labels))
        .mistake("Another column was taken, or the value does not come from this scrape.")
        .why("When they reach `max_connections`, the next customer is refused.")
        .stop()
}

async fn is_up(exporter: &Exporter) -> Outcome {
    // The first connections may be late, where all cores are busy.
    let page = exporter.app.scrape_until(|page| page.value(UP, &[]) == Some(1.0)).await?;
    require_family(
        exporter,
        &page,
        UP,
        MetricType::Gauge,
        &[],
        "It tells a database that is down from an exporter that is.",
    )?;
    if page.value(UP, &[]) == Some(1.0) {
        return Ok(());
    }
    Failure::change(format!("Set `{UP}` to 1 when the scrape can connect."))
        .expected(format!("{UP} 1, with a database that runs"))
        .seen(lines(&page, UP, &[]))
        .seen(last_log_lines(exporter))
        .mistake("The connection is refused, because the URL was changed or a session limit is misspelt. The log tells more.")
        .why("Somebody is paged when it is 0.")
        .stop()
}

/// Something in each of the counters that anybody can move, and no two of them alike.
async fn commit_and_roll_back(exporter: &Exporter, session: &mut Session) -> Outcome {
    let count = "SELECT xact_commit::float8 FROM pg_stat_database WHERE datname = current_database()";
    let before = session.number(count).await?;
    let mut traffic = exporter.database.connect().await?;
    traffic.run("DROP TABLE IF EXISTS traffic; CREATE TABLE traffic AS SELECT generate_series(1, 13) AS id").await?;
    traffic.run("UPDATE traffic SET id = id + 100 WHERE id <= 5; DELETE FROM traffic WHERE id > 110").await?;
    for _ in 0..TRANSACTIONS {
        traffic.run("INSERT INTO traffic VALUES (0)").await?;
    }
    traffic.run("BEGIN").await?;
    traffic.run("ROLLBACK").await?;
    // A session that ends reports what it did at once. One that goes on may keep it for ten seconds.
    traffic.close().await?;
    wait_until(session, count, before + TRANSACTIONS as f64).await
}

/// Waits until PostgreSQL itself knows about it.
pub(super) async fn wait_until(session: &mut Session, sql: &str, at_least: f64) -> Outcome {
    let deadline = Instant::now() + STATISTICS_TIMEOUT;
    while session.number(sql).await? < at_least {
        if Instant::now() >= deadline {
            return Err(Stop::NotRun("PostgreSQL does not add up its statistics: is `track_counts` off?".into()));
        }
        sleep(PATIENCE / 100).await;
    }
    Ok(())
}

async fn databases_come_and_go(exporter: &Exporter, session: &mut Session) -> Outcome {
    let second = exporter.database.second_name();
    session.run(&format!("CREATE DATABASE {second}")).await?;
    let during = exporter.app.scrape().await?;
    for name in [BACKENDS, COMMITS, SIZE] {
        every_database_is_there(&during, name, &["template1", &second])?;
    }
    names_are_read_anew(exporter, session, &second).await?;
    session.run(&format!("DROP DATABASE {second} WITH (FORCE)")).await?;
    let after = exporter.app.scrape().await?;
    no_database_without_a_name(&after)?;
    let left = after.samples().filter(|sample| sample.label("datname") == Some(&second));
    let left: Vec<_> = left.map(|sample| sample.line.clone()).collect();
    if left.is_empty() {
        return Ok(());
    }
    Failure::change("Forget a database that was dropped.")
        .expected(format!("no series with datname=\"{second}\", after DROP DATABASE {second}"))
        .seen(left)
        .mistake("The series are kept in a `GaugeVec` or in a map that lives longer than a scrape, or the values come from a cache.")
        .why("What nobody can see any more still takes room in Prometheus, and an old value looks like a fresh one.")
        .stop()
}

/// A database takes another name, and has it back.
async fn names_are_read_anew(exporter: &Exporter, session: &mut Session, name: &str) -> Outcome {
    let other = format!("{name}_renamed");
    let [there, back] =
        [(name, &*other), (&*other, name)].map(|(from, to)| format!("ALTER DATABASE {from} RENAME TO {to}"));
    let size = session.number(&format!("SELECT pg_database_size('{name}')::float8")).await?;
    for (metric, value) in [(BACKENDS, 0.0), (SIZE, size)] {
        let moved = Moved {
            metric,
            labels: &[("datname", &other)],
            there: Move { sql: &[&there], value: Some(value) },
            back: Move { sql: &[&back], value: None },
        };
        is_read_at_each_scrape(exporter, session, &moved).await?;
    }
    Ok(())
}

fn every_database_is_there(page: &Page, name: &str, expected: &[&str]) -> Outcome {
    let found: BTreeSet<_> = page.series(name).filter_map(|sample| sample.label("datname")).collect();
    let Some(missing) = expected.iter().find(|datname| !found.contains(*datname)) else { return Ok(()) };
    Failure::change(format!("Give every database of the server its `{name}`."))
        .expected(format!("{name}{{datname=\"{missing}\"}} among them, at the first scrape after it was created"))
        .seen(lines(page, name, &[]))
        .mistake("The query asks for the database of the connection alone, or for those that were there at the start. Or the values come from a cache.")
        .why("The database that fills the disk is often not the one that is watched.")
        .stop()
}

fn no_database_without_a_name(page: &Page) -> Outcome {
    let nameless = page.series(COMMITS).filter(|sample| sample.label("datname").is_none_or(str::is_empty));
    let nameless: Vec<_> = nameless.map(|sample| sample.line.clone()).collect();
    if nameless.is_empty() {
        return Ok(());
    }
    Failure::change("Leave out the row of `pg_stat_database` that has no name.")
        .expected("a `datname` in each series, as in the official exporter")
        .seen(nameless)
        .mistake("The row with `datid` 0 is for what belongs to no database. Its `datname` is null, and became an empty label.")
        .why("A table of databases has a line without a name, and nobody knows what it means.")
        .stop()
}
