//! The collectors of the exporter: all of them work, or all but one.

use std::borrow::Borrow;
use std::time::Duration;

use exposition::{Page, Sample};
use tokio::time::Instant;

use crate::lessons::exporter::lines::lines;
use crate::lessons::exporter::missing::Cause;
use crate::lessons::exporter::names::{SUCCESS, UP};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;
use crate::subject::exporter::Exporter;

/// A series of each collector.
pub(super) const COLLECTORS: [Collected; 5] = [
    Collected { name: "database", view: "pg_stat_database", metric: "pg_stat_database_xact_commit" },
    Collected { name: "stat_activity", view: "pg_stat_activity", metric: "pg_stat_activity_count" },
    Collected { name: "locks", view: "pg_locks", metric: "pg_locks_count" },
    Collected { name: "settings", view: "pg_settings", metric: "pg_settings_max_connections" },
    Collected { name: "stat_user_tables", view: TABLES, metric: "pg_stat_user_tables_n_tup_ins" },
];
/// A table of the check's own.
pub(super) const TABLE: &str = "held";
pub(super) const TABLES: &str = "pg_stat_user_tables";

/// How often a page may lack more than it has to.
const ATTEMPTS: usize = 4;

/// How long a busy machine may take for what the exporter has to do.
pub(super) const PATIENCE_WHEN_BUSY: Duration = Duration::from_secs(20);

/// What a collector reads, and what it makes of it.
pub(super) struct Collected {
    /// What the official exporter calls it.
    pub(super) name: &'static str,
    pub(super) view: &'static str,
    pub(super) metric: &'static str,
}

impl Collected {
    /// Whether it may read this view. Who is about to ask for a table's size may look first whether it is locked.
    fn may_need(&self, view: &str) -> bool {
        self.view == view || self.name == "stat_user_tables" && view == "pg_locks"
    }
}

/// Without them, there is nothing that could fail.
pub(super) async fn are_all_there(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    session.run(&format!("DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} (id int PRIMARY KEY)")).await?;
    let page = exporter.app.scrape().await?;
    let is_missing = |collected: &&Collected| page.series(collected.metric).next().is_none();
    let Some(missing) = COLLECTORS.iter().find(is_missing) else { return Ok(()) };
    let Cause { seen, mistake } = Cause::of(exporter, &page, missing.metric);
    Failure::change("Finish the other steps first: this check needs all collectors.")
        .expected(format!("series of `{}`, on a database that is well", missing.metric))
        .seen(lines(&page, missing.metric, &[]))
        .seen(seen)
        .mistake(mistake)
        .why("An exporter without collectors cannot be held up by any of them. That is no merit.")
        .stop()
}

/// Ends the check unless every collector but this one has its series.
pub(super) fn require_others(page: &Page, failed: &str, when: &str) -> Outcome {
    let is_missing = |collected: &&Collected| page.series(collected.metric).next().is_none();
    let Some(missing) = COLLECTORS.iter().filter(|collected| !collected.may_need(failed)).find(is_missing) else {
        return Ok(());
    };
    Failure::change(format!("Show what the other collectors have read, when {when}."))
        .expected(format!("series of `{}` and of all collectors but that of `{failed}`, when {when}", missing.metric))
        .seen(lines(page, missing.metric, &[]))
        .seen(lines(page, SUCCESS, &[]))
        .mistake("A collector is missing. Or a `?` ends the scrape at the first error, all collectors share a transaction that the error has ended, or they stand in a row behind one whose query no `statement_timeout` and no `lock_timeout` ends.")
        .why("What still works is what you need to find out what does not.")
        .stop()
}

/// Scrapes until every collector but this one has its series and the database counts as up: where all cores are busy,
/// another one may be too late once.
pub(super) async fn scrape_without<F, P>(failed: &str, scrape: impl Fn() -> F) -> Outcome<P>
where
    F: Future<Output = Outcome<P>>,
    P: Borrow<Page>,
{
    let is_whole = |page: &Page| {
        page.value(UP, &[]) == Some(1.0) && require_others(page, failed, "").is_ok() && unwell(page, failed).is_none()
    };
    let mut page = scrape().await?;
    for _ in 0..ATTEMPTS {
        if is_whole(page.borrow()) {
            break;
        }
        page = scrape().await?;
    }
    Ok(page)
}

/// Ends the check unless this collector says that it failed, and no other one does.
pub(super) fn require_word_of_failure(page: &Page, failed: &Collected, when: &str) -> Outcome {
    others_are_well(page, failed, when)?;
    if page.value(SUCCESS, &[("collector", failed.name)]) == Some(0.0) {
        return Ok(());
    }
    Failure::change(format!("Set `{SUCCESS}` of a collector to 0 when it could not read everything."))
        .expected(format!("{SUCCESS}{{collector=\"{}\"}} 0, when {when}", failed.name))
        .seen(lines(page, SUCCESS, &[]))
        .mistake("The error is only logged, or is swallowed by an `if let Ok(...)`.")
        .why("Series that are missing make no alert fire. This one can.")
        .stop()
}

fn others_are_well(page: &Page, failed: &Collected, when: &str) -> Outcome {
    let Some(wrong) = unwell(page, failed.view) else { return Ok(()) };
    Failure::change(format!("Leave `{SUCCESS}` of a collector at 1 when another one fails."))
        .expected(format!("{SUCCESS} 0 for the collector `{}` alone, when {when}", failed.name))
        .seen([wrong.line.clone()])
        .seen(lines(page, SUCCESS, &[]))
        .mistake("All collectors share one result, one transaction or one connection, or one waits for the other.")
        .why("Whoever is paged looks for the fault in the wrong place.")
        .stop()
}

/// A collector that says that it failed, and has no reason to: it does not need this view.
fn unwell<'a>(page: &'a Page, view: &str) -> Option<&'a Sample> {
    let may_fail = |name: &str| COLLECTORS.iter().any(|other| other.name == name && other.may_need(view));
    let other = |sample: &&Sample| sample.value != 1.0 && !sample.label("collector").is_some_and(may_fail);
    page.series(SUCCESS).find(other)
}

/// Whether everything was read.
pub(super) fn is_complete(page: &Page) -> bool {
    let is_there = |collected: &Collected| page.series(collected.metric).next().is_some();
    page.value(UP, &[]) == Some(1.0) && all_succeed(page) && COLLECTORS.iter().all(is_there)
}

fn all_succeed(page: &Page) -> bool {
    page.series(SUCCESS).next().is_some() && page.series(SUCCESS).all(|sample| sample.value == 1.0)
}

/// All collectors work again, after something that kept them from it.
pub(super) async fn recovers(exporter: &Exporter, after: &str) -> Outcome {
    work_again(&exporter.app, after).await
}

/// The same of any exporter.
pub(super) async fn work_again(app: &App, after: &str) -> Outcome {
    let deadline = Instant::now() + PATIENCE_WHEN_BUSY;
    let is_well = |page: &Page| page.value(UP, &[]) == Some(1.0) && all_succeed(page);
    let page = loop {
        let page = app.scrape_until(is_well).await?;
        if is_well(&page) {
            return require_others(&page, "", after);
        }
        if Instant::now() >= deadline {
            break page;
        }
    };
    Failure::change(format!("Recover without a restart, after {after}."))
        .expected(format!("{UP} 1, and {SUCCESS} 1 for all collectors, after {after}"))
        .seen(lines(&page, UP, &[]))
        .seen(lines(&page, SUCCESS, &[]))
        .mistake("A connection that broke, or that still waits, is used again. Or a value is set on failure alone, and never back.")
        .why("Nobody restarts the exporter after an outage of the database. From then on, it shows an outage that is over.")
        .stop()
}
