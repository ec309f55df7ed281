//! A database that is down, and comes back.

use exposition::{MetricType, Page};

use super::collectors::recovers;
use super::scrape::{ANNOUNCED, scrape_in_time};
use crate::launch::{LaunchError, Launcher, Running, Settings};
use crate::lessons::exporter::lines::lines;
use crate::lessons::exporter::names::UP;
use crate::lessons::exporter::own::error_is;
use crate::lessons::exporter::require::require_family;
use crate::outcome::{Failure, Outcome, Stop};
use crate::services::link::Link;
use crate::subject::app::App;
use crate::subject::exporter::Exporter;

const WHEN: &str = "the database is down";
pub(super) const WHY: &str = "It is the one alert that must not fail: `pg_up == 0`. And `up` has to stay 1, or nobody can tell whether the database is gone or the exporter.";
/// The first of them may meet a machine that is busy.
const SCRAPES: usize = 3;
/// What only a database that answers can know.
const FROM_THE_DATABASE: [&str; 4] = ["pg_stat_", "pg_database_", "pg_locks_", "pg_settings_"];

pub(super) async fn is_shown_and_survived(exporter: &Exporter) -> Outcome {
    let mut link = exporter.link.lock().await;
    link.cut().await;
    let page = scrape_in_time(&exporter.app, ANNOUNCED, WHEN).await;
    link.restore().await.map_err(not_run)?;
    let page = page?;
    is_down(&page)?;
    require_family(exporter, &page, UP, MetricType::Gauge, &[], WHY)?;
    nothing_is_stale(&page)?;
    error_is(&page, 1.0, WHEN)?;
    recovers(exporter, "an outage of the database").await?;
    starts_without_a_database(exporter).await
}

async fn starts_without_a_database(exporter: &Exporter) -> Outcome {
    let mut link = Link::to(&exporter.database.address()).await.map_err(not_run)?;
    link.cut().await;
    let running = start(exporter, &exporter.database.settings(&link)).await?;
    let app = App::at(&running.base_urls[0]).map_err(|error| Stop::NotRun(error.to_string()))?;
    is_down(&scrape_in_time(&app, ANNOUNCED, WHEN).await?)?;
    link.restore().await.map_err(not_run)?;
    let mut seen = Vec::new();
    for _ in 0..SCRAPES {
        let page = app.scrape().await?;
        if is_up(&page) {
            return Ok(());
        }
        seen = lines(&page, UP, &[]);
    }
    Failure::change("Connect when a scrape needs it, also if the database was down at the start.")
        .expected(format!("{UP} 1, once the database is there"))
        .seen(seen)
        .mistake("The connection is made once, at the start, and never again. Or after a failure, the database is not asked for a while.")
        .why(WHY)
        .stop()
}

pub(super) async fn start(exporter: &Exporter, settings: &Settings) -> Outcome<Running> {
    match exporter.program.launch(settings).await {
        Ok(running) => Ok(running),
        Err(LaunchError::Ended { status, log }) => does_not_start(format!("the program ended ({status})"), &log),
        Err(LaunchError::NotListening { log, .. }) => does_not_start("the program does not listen".into(), &log),
        Err(error) => Err(Stop::NotRun(error.to_string())),
    }
}

fn does_not_start<T>(seen: String, log: &str) -> Outcome<T> {
    Failure::change("Start and listen, even when the database is down.")
        .expected(format!("an exporter that runs, with {UP} 0 on its page"))
        .seen([seen])
        .seen(log.lines())
        .mistake("The program connects before it listens, and gives up. Let the first scrape connect.")
        .why("After a power failure, the exporter is often up before the database. One that gives up is missing for good, and takes its alert with it.")
        .stop()
}

pub(super) fn is_up(page: &Page) -> bool {
    page.value(UP, &[]) == Some(1.0)
}

fn is_down(page: &Page) -> Outcome {
    if page.value(UP, &[]) == Some(0.0) {
        return Ok(());
    }
    Failure::change(format!("Set `{UP}` anew in each scrape: 0 when the database cannot be reached."))
        .expected(format!("{UP} 0, at the first scrape after the database went down"))
        .seen(lines(page, UP, &[]))
        .mistake("It is set to 1 at the first connection, or on success alone, or a connection from before is taken for one that works. Or the series is left out, and then no alert can compare it.")
        .why(WHY)
        .stop()
}

pub(super) fn nothing_is_stale(page: &Page) -> Outcome {
    let is_old = |name: &str| FROM_THE_DATABASE.iter().any(|prefix| name.starts_with(prefix));
    let old: Vec<_> = page.samples().filter(|sample| is_old(&sample.name)).map(|sample| sample.line.clone()).collect();
    if old.is_empty() {
        return Ok(());
    }
    Failure::change("Show nothing that was read in an earlier scrape.")
        .expected(format!("{UP} 0, and no series that only the database can know"))
        .seen(old)
        .mistake("The series are kept from scrape to scrape, in a `GaugeVec` or a cache, and shown again when nothing new can be read.")
        .why("The graphs of a database that is down go on as flat lines, as if all were well.")
        .stop()
}

fn not_run(error: std::io::Error) -> Stop {
    Stop::NotRun(error.to_string())
}
