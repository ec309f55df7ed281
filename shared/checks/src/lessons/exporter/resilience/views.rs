//! Each view alone in trouble: locked first, then slow. Each in a database of its own with an exporter of its own, so that
//! all of them are judged at the same time.

use std::borrow::Borrow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use exposition::Page;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::collectors::{COLLECTORS, Collected, PATIENCE_WHEN_BUSY, require_others, scrape_without};
use super::failures::{fails_alone, is_up};
use super::instance::{Instance, create_database};
use super::later::Later;
use super::scrape::{SCRAPE_TIMEOUT, scrape_in_time_at_last};
use crate::lessons::exporter::lines::lines;
use crate::lessons::exporter::names::{DURATION, SUCCESS};
use crate::lessons::exporter::own::error_is;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

/// Longer than any scrape, in seconds.
const SLOW: u32 = 120;
/// What a scrape announces. It takes as long as the exporter lets a query run, which nobody else can end.
const PATIENT: Duration = Duration::from_secs(3);
/// Less than a query may take.
const HASTY: Duration = Duration::from_secs(2);
/// How long a query may go on in PostgreSQL when its scrape is answered.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);
/// The least share of a scrape that the collector takes for which it waits.
const SHARE: f64 = 1.0 / 3.0;
/// How often the check looks.
const ATTEMPTS: usize = 4;
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// One view costs one collector. The first failure in the order of the collectors counts.
pub(super) async fn each_may_be_in_trouble(exporter: &Exporter) -> Outcome {
    join_all(COLLECTORS.iter().map(|collected| may_be_in_trouble(exporter, collected))).await.into_iter().collect()
}

async fn may_be_in_trouble(exporter: &Exporter, collected: &Collected) -> Outcome {
    let database = create_database(exporter, collected.view).await?;
    let mut session = exporter.database.connect_to(&database).await?;
    let Instance { app, .. } = &Instance::start(exporter, &database).await?;
    session.run("SET allow_system_table_mods = on").await?;
    app.scrape().await?;

    let view = View::of(collected, &mut session).await?;
    session.run("BEGIN").await?;
    session.run(&view.replaced_by(&view.definition)).await?;
    let when = format!("`{}` is locked", collected.view);
    costs_one_collector(app, collected, &when).await?;
    session.run("ROLLBACK").await?;

    let slow = format!("SELECT view.* FROM ({}) AS view, pg_sleep({SLOW})", view.definition);
    session.run(&view.replaced_by(&slow)).await?;
    let when = format!("`{}` does not answer", collected.view);
    let later = Later::than(exporter, collected, &database).await?;
    let timed = costs_one_collector(app, collected, &when).await?;
    if let Some(later) = later {
        later.is_known(&timed.page, collected, &when)?;
        later.end().await?;
    }
    takes_time(app, collected, timed, &when).await?;
    others_are_there_in_a_hurry(app, collected).await?;
    ends_its_query(exporter, &mut session, &when).await
}

/// A view of PostgreSQL, as its own database has it.
struct View<'a> {
    name: &'a str,
    definition: String,
}

impl<'a> View<'a> {
    async fn of(collected: &'a Collected, session: &mut Session) -> Outcome<Self> {
        let name = collected.view;
        let definition = session.texts(&format!("SELECT pg_get_viewdef('pg_catalog.{name}'::regclass)")).await?;
        Ok(Self { name, definition: definition.concat().trim_end_matches(';').to_owned() })
    }

    /// The statement by which another definition takes its place. In a transaction that is open, it locks the view.
    fn replaced_by(&self, definition: &str) -> String {
        format!("CREATE OR REPLACE VIEW pg_catalog.{} AS {definition}", self.name)
    }
}

/// The page, and how long it took. Where all cores are busy, there is more time for it.
async fn costs_one_collector(app: &App, collected: &Collected, when: &str) -> Outcome<Timed> {
    let was_late = AtomicBool::new(false);
    let scrape = || async {
        // The flag stands for itself.
        let announced = if was_late.swap(true, Ordering::Relaxed) { SCRAPE_TIMEOUT } else { PATIENT };
        let started = Instant::now();
        let page = scrape_in_time_at_last(app, announced, when).await?;
        Ok(Timed { page, elapsed: started.elapsed() })
    };
    let timed = scrape_without(collected.view, scrape).await?;
    let page = &timed.page;
    is_up(page, when)?;
    require_others(page, collected.view, when)?;
    fails_alone(page, collected, when)?;
    if page.value(SUCCESS, &[("collector", collected.name)]) == Some(0.0) {
        error_is(page, 1.0, when)?;
    }
    Ok(timed)
}

/// A scrape that ends before PostgreSQL ends the query. Where all cores are busy, others may be too late, too, for a while.
async fn others_are_there_in_a_hurry(app: &App, collected: &Collected) -> Outcome {
    let view = collected.view;
    let when = format!("`{view}` does not answer, and the scrape has {} seconds", HASTY.as_secs());
    let deadline = Instant::now() + PATIENCE_WHEN_BUSY;
    loop {
        let page = scrape_in_time_at_last(app, HASTY, &when).await?;
        let outcome = is_up(&page, &when).and_then(|()| require_others(&page, view, &when));
        if outcome.is_ok() || Instant::now() >= deadline {
            return outcome;
        }
    }
}

/// A page, and how long a client waited for it.
struct Timed {
    page: Page,
    elapsed: Duration,
}

impl Borrow<Page> for Timed {
    fn borrow(&self) -> &Page {
        &self.page
    }
}

/// The collector that waits says how long. Where all cores are busy, the rest may take as long once.
async fn takes_time(app: &App, collected: &Collected, mut timed: Timed, when: &str) -> Outcome {
    let labels = [("collector", collected.name)];
    for _ in 0..ATTEMPTS {
        let Timed { page, elapsed } = &timed;
        let Some(duration) = page.value(DURATION, &labels) else { return Ok(()) };
        let has_failed = page.value(SUCCESS, &labels) == Some(0.0);
        if !has_failed || duration >= elapsed.as_secs_f64() * SHARE {
            return Ok(());
        }
        timed = costs_one_collector(app, collected, when).await?;
    }
    let Timed { page, elapsed } = timed;
    Failure::change(format!("Set `{DURATION}` to what the collector took, also when it failed."))
        .expected(format!(
            "about {:.1} for the collector `{}`, when {when}: the whole scrape waited for it",
            elapsed.as_secs_f64(),
            collected.name
        ))
        .seen(lines(&page, DURATION, &[]))
        .seen(lines(&page, SUCCESS, &labels))
        .mistake(
            "The time is measured on success alone, is that of an earlier scrape, or stops before the answer is there.",
        )
        .why("A scrape has become slow. This is the graph that tells which collector it waits for.")
        .stop()
}

/// The exporter is alone in this database, but for the check's own session, which is a superuser's.
async fn ends_its_query(exporter: &Exporter, session: &mut Session, when: &str) -> Outcome {
    let role = &exporter.database.name;
    // Not by the view, which may be the slow one.
    let running = format!(
        "SELECT count(*)::float8 FROM pg_stat_get_activity(NULL) AS session JOIN pg_roles AS role \
         ON role.oid = session.usesysid WHERE rolname = '{role}' AND session.state = 'active' \
         AND session.datid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    let deadline = Instant::now() + QUERY_TIMEOUT;
    while session.number(&running).await? > 0.0 {
        if Instant::now() >= deadline {
            return still_runs(when).stop();
        }
        sleep(POLL_INTERVAL).await;
    }
    Ok(())
}

fn still_runs(when: &str) -> Failure {
    let seconds = QUERY_TIMEOUT.as_secs();
    Failure::change("End a query in PostgreSQL, too, when nobody waits for its result any more.")
        .expected(format!("no query of the exporter that still runs in PostgreSQL, once the scrape is answered, when {when}"))
        .seen([format!("a query of the exporter runs {seconds} seconds later")])
        .mistake("`statement_timeout` is not set in the sessions, is 0, which means none, or is longer than a scrape. `lock_timeout` ends only what waits for a lock, and a deadline in the exporter ends nothing in PostgreSQL.")
        .why("Each scrape leaves one more query behind, on a database that is slow already.")
}
