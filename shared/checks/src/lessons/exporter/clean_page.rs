//! The whole page: names, help texts, and nothing that must not be there.

use exposition::{Family, MetricType, Page};
use tokio::time::Instant;

use super::lines::{last_log_lines, lines};
use super::names::{DURATION, SUCCESS, UP};
use super::own;
use super::require::require_family;
use crate::launch::{Launcher, Running, Settings};
use crate::lessons::clean_page::{no_labels_of_the_scrape, no_target_labels};
use crate::lessons::forms;
use crate::lint::{Problem, Rule, lint_family};
use crate::outcome::{Failure, Outcome, Stop};
use crate::services::link::Link;
use crate::subject::app::App;
use crate::subject::exporter::Exporter;

/// Where the official exporter has chosen the names, long before the rules were written: all of its collectors, also those
/// that the lesson does not ask for.
const OFFICIAL: [&str; 18] = [
    "pg_buffercache_",
    "pg_database_",
    "pg_locks_count",
    "pg_long_running_transactions",
    "pg_postmaster_",
    "pg_process_idle_",
    "pg_replication_",
    "pg_roles_",
    "pg_settings_",
    "pg_stat_",
    "pg_static",
    "pg_statio_",
    "pg_wal_",
    "pg_xlog_",
    "go_",
    "postgres_exporter_",
    "process_",
    "promhttp_",
];
/// How many views there are to read.
const COLLECTORS: usize = 5;

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    let before = exporter.app.scrape().await?;
    let started = Instant::now();
    let page = exporter.app.scrape().await?;
    let elapsed = started.elapsed().as_secs_f64();
    each_collector_reports(exporter, &page, elapsed)?;
    own::error_is(&page, 0.0, "the database is well")?;
    own::scrapes_are_counted(&before, &page, elapsed)?;
    names_are_good(&page)?;
    no_target_labels(&page)?;
    no_labels_of_the_scrape(&page)?;
    forms::agree_one_by_one(&exporter.app).await?;
    takes_the_official_variable(exporter).await?;
    password_is_nowhere(exporter).await
}

fn each_collector_reports(exporter: &Exporter, page: &Page, elapsed: f64) -> Outcome {
    const WHY: &str = "They tell which collector fails, and which one makes the scrape slow.";
    for name in [SUCCESS, DURATION] {
        let family = require_family(exporter, page, name, MetricType::Gauge, &["collector"], WHY)?;
        if family.samples.len() < COLLECTORS {
            return Failure::change(format!("Give each collector its `{name}`."))
                .expected(format!("at least {COLLECTORS} series, one for each view that is read"))
                .seen(family.lines())
                .mistake("A collector is missing, or does not run in the place that measures all of them.")
                .why(WHY)
                .stop();
        }
    }
    all_succeeded(exporter, page)?;
    durations_are_seconds(page, elapsed)
}

fn all_succeeded(exporter: &Exporter, page: &Page) -> Outcome {
    if page.series(SUCCESS).all(|sample| sample.value == 1.0) {
        return Ok(());
    }
    Failure::change("Let every collector succeed on a database that is well.")
        .expected(format!("{SUCCESS} 1 for each collector, with a role that has `pg_monitor` and no other right"))
        .seen(lines(page, SUCCESS, &[]))
        .seen(last_log_lines(exporter))
        .mistake("A query needs a superuser, a column of another version of PostgreSQL, or another type.")
        .why("A collector that always fails is one that nobody looks at any more.")
        .stop()
}

fn durations_are_seconds(page: &Page, elapsed: f64) -> Outcome {
    if page.series(DURATION).all(|sample| (0.0..=elapsed).contains(&sample.value)) {
        return Ok(());
    }
    Failure::change(format!("Set `{DURATION}` to what the collector took in this scrape, in seconds."))
        .expected(format!("at most {elapsed:.3}, which is what the whole scrape took"))
        .seen(lines(page, DURATION, &[]))
        .mistake("Milliseconds were taken, or the times of all scrapes are added up.")
        .why("Base units make graphs comparable: a dashboard draws this beside Prometheus's own `scrape_duration_seconds`.")
        .stop()
}

fn names_are_good(page: &Page) -> Outcome {
    let Some(Problem { metric, text, .. }) = page.families.iter().flat_map(problems).next() else { return Ok(()) };
    Failure::change(text)
        .expected("help texts for all metrics, and names as Prometheus's rules ask wherever the official exporter has not chosen one")
        .seen(page.family(&metric).into_iter().flat_map(Family::lines))
        .mistake("A metric of your own was named like a column, or the help text was forgotten.")
        .why("Whoever types the first letters of a metric in the middle of an incident relies on `_total`, `_seconds` and `_bytes` to know what it is and what to do with it.")
        .stop()
}

/// Official names break rules: `pg_locks_count` is no histogram, `pg_stat_database_xact_commit` is a counter. A name that
/// dashboards know is worth more than a clean one, so only what is not about the name is asked of them.
fn problems(family: &Family) -> Vec<Problem> {
    let is_official = OFFICIAL.iter().any(|prefix| family.name.starts_with(prefix));
    let is_judged =
        |rule| !is_official || matches!(rule, Rule::Help | Rule::Type | Rule::ReservedLabel | Rule::CamelCaseLabel);
    lint_family(family).into_iter().filter(|problem| is_judged(problem.rule) && !problem.is_advice()).collect()
}

/// `DATABASE_URL` leads nowhere, `DATA_SOURCE_NAME` to the database.
async fn takes_the_official_variable(exporter: &Exporter) -> Outcome {
    let right = Link::to(&exporter.database.address()).await.map_err(not_run)?;
    let mut wrong = Link::to(&exporter.database.address()).await.map_err(not_run)?;
    wrong.cut().await;
    let url = exporter.database.settings(&right).database_url;
    // The most that a log tells: many look at it just then.
    let variables = vec![("DATA_SOURCE_NAME", url), ("RUST_LOG", "debug".to_owned())];
    let running = start(exporter, Settings { variables, ..exporter.database.settings(&wrong) }).await?;
    let app = client(&running)?;
    let page = app.scrape_until(|page| page.value(UP, &[]) == Some(1.0)).await?;
    is_nowhere_in(exporter, "log", &running.log())?;
    if page.value(UP, &[]) == Some(1.0) {
        return Ok(());
    }
    Failure::change("Take the database's URL from `DATA_SOURCE_NAME`, and from `DATABASE_URL` where that is not set.")
        .expected(format!("{UP} 1, when `DATA_SOURCE_NAME` is right and `DATABASE_URL` leads nowhere"))
        .seen(lines(&page, UP, &[]))
        .mistake("Only `DATABASE_URL` is read, or it comes first.")
        .why("`DATA_SOURCE_NAME` is what the official exporter reads. Whoever exchanges one for the other changes nothing else.")
        .stop()
}

async fn password_is_nowhere(exporter: &Exporter) -> Outcome {
    for path in ["/metrics", "/", "/no-such-page", "/metrics?debug=true"] {
        let answer = exporter.app.get(path).await?;
        is_nowhere_in(exporter, &format!("answer to GET {path}"), &answer.body)?;
    }
    is_nowhere_in(exporter, "log", &exporter.running.log())?;
    not_when_the_database_is_down(exporter).await?;
    not_when_the_url_is_wrong(exporter).await
}

async fn not_when_the_database_is_down(exporter: &Exporter) -> Outcome {
    let mut link = Link::to(&exporter.database.address()).await.map_err(not_run)?;
    link.cut().await;
    let running = start(exporter, exporter.database.settings(&link)).await?;
    let answer = client(&running)?.get("/metrics").await?;
    is_nowhere_in(exporter, "page, when the database is down", &answer.body)?;
    is_nowhere_in(exporter, "log, when the database is down", &running.log())
}

/// A port that is none, and the scheme of another server. Whether the program starts with it is its own affair.
async fn not_when_the_url_is_wrong(exporter: &Exporter) -> Outcome {
    let (name, password) = (&exporter.database.name, &exporter.database.password);
    for (database_url, when) in [
        (format!("postgres://{name}:{password}@127.0.0.1:port/{name}"), "the port of the URL is not a number"),
        (format!("mysql://{name}:{password}@127.0.0.1/{name}"), "the URL is that of another server"),
    ] {
        let settings = Settings { database_url, replicas: 1, ..Settings::default() };
        let log = match exporter.program.launch(&settings).await {
            Ok(running) => {
                let answer = client(&running)?.get("/metrics").await?;
                format!("{}\n{}", answer.body, running.log())
            }
            Err(error) => error.to_string(),
        };
        is_nowhere_in(exporter, &format!("message, when {when}"), &log)?;
    }
    Ok(())
}

fn is_nowhere_in(exporter: &Exporter, place: &str, text: &str) -> Outcome {
    let password = &exporter.database.password;
    if !text.contains(password) {
        return Ok(());
    }
    let lines = text.lines().filter(|line| line.contains(password));
    Failure::change(format!("Keep the password out of the {place}."))
        .expected("the password of the database's URL in no label, no help text, no page and no log line")
        .seen(lines.map(|line| line.replace(password, "PASSWORD")))
        .mistake("The URL itself is logged, is a label, or stands in an error that quotes it.")
        .why("Logs and metrics are read by many, copied into tickets, and kept for years.")
        .stop()
}

async fn start(exporter: &Exporter, settings: Settings) -> Outcome<Running> {
    exporter.program.launch(&settings).await.map_err(|error| Stop::NotRun(error.to_string()))
}

fn client(running: &Running) -> Outcome<App> {
    App::at(&running.base_urls[0]).map_err(|error| Stop::NotRun(error.to_string()))
}

fn not_run(error: std::io::Error) -> Stop {
    Stop::NotRun(error.to_string())
}
