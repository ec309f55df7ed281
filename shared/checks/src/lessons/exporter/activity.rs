//! `pg_stat_activity_*`: who is connected, and what they do.

use exposition::{MetricType, Page, Sample};
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use super::column::{Column, Null, is_between};
use super::compare::is_on_the_page;
use super::fresh::{Move, Moved, is_read_at_each_scrape};
use super::lines::{last_log_lines, lines, series};
use super::require::require_family;
use super::view::View;
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::scene::crowd::PAUSE;
use crate::subject::session::{Session, literal};
use crate::subject::watched::APPLICATION_NAME;

const COUNT: &str = "pg_stat_activity_count";
const LONGEST: &str = "pg_stat_activity_max_tx_duration";
pub(super) const METRICS: [&str; 2] = [COUNT, LONGEST];
const LABELS: [&str; 7] =
    ["datname", "state", "usename", "application_name", "backend_type", "wait_event_type", "wait_event"];
const STATES: [&str; 6] = ["active", "idle", IN_TRANSACTION, ABORTED, "fastpath function call", "disabled"];
/// How many of the states sessions of PostgreSQL's own may be in.
const BUSY_STATES: usize = 2;
const IN_TRANSACTION: &str = "idle in transaction";
const ABORTED: &str = "idle in transaction (aborted)";
const WHY: &str = "A session that is idle in a transaction keeps its locks, and the dead rows of everybody. It is what to look for when a shop hangs and nothing is slow.";

/// How many sessions are held in a transaction, beside one whose transaction has failed.
const HELD: usize = 3;

/// What the labels of some sessions share.
const COLUMNS: &[Column] = &[
    Column::gauge(COUNT, "count(*)"),
    Column::gauge(LONGEST, "coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)")
        .or_null(Null::number("max(xact_start)", "none of these sessions is in a transaction")),
];
/// How often the check looks until it was quick enough.
const LOOKS: usize = 8;

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    // Customers, too, begin one after the other, which takes some seconds.
    let crowd = async { exporter.scene.crowd(&exporter.database).await.map(drop) };
    parts::side_by_side([held_sessions_are_on_the_page(exporter).boxed(), crowd.boxed()]).await?;
    customers_are_on_the_page(exporter).await?;
    exporter.scene.crowd(&exporter.database).await?.lock().await.leave(&exporter.database).await?;
    nobody_is_on_the_page(exporter).await?;
    counts_others_of_its_role_alone(exporter).await
}

/// Sessions of the check's own.
async fn held_sessions_are_on_the_page(exporter: &Exporter) -> Outcome {
    let sessions = hold(exporter).await?;
    let held = [(IN_TRANSACTION, HELD as f64), (ABORTED, 1.0)];
    let page = exporter.app.scrape_until(|page| has(exporter, page, &held)).await?;
    for name in METRICS {
        require_family(exporter, &page, name, MetricType::Gauge, &LABELS, WHY)?;
    }
    counts_are(
        exporter,
        &page,
        &held,
        "Count the sessions of each database by state.",
        "Sessions are counted without regard to their state or database, or `state` was compared with `LIKE`. Or `BEGIN` is taken for active: it is over, and the session is idle in a transaction.",
    )?;
    are_read_anew(exporter).await?;
    are_described(exporter).await?;
    duration_is_that_of_the_transaction(exporter).await?;
    for session in sessions {
        session.close().await?;
    }
    Ok(())
}

/// Once all sessions have ended.
async fn nobody_is_on_the_page(exporter: &Exporter) -> Outcome {
    let none = [(IN_TRANSACTION, 0.0), (ABORTED, 0.0)];
    let page = exporter.app.scrape_until(|page| has(exporter, page, &none)).await?;
    counts_are(
        exporter,
        &page,
        &none,
        "Let a count fall when sessions end.",
        "Series are kept from scrape to scrape, in a `GaugeVec`, or the count only ever goes up.",
    )?;
    let mut session = exporter.database.connect().await?;
    let databases =
        session.texts("SELECT datname::text FROM pg_database ORDER BY datname <> current_database(), 1").await?;
    every_state_is_there(&databases, &page)?;
    nobody_is_zero(exporter, &page)?;
    nobody_is_described(&page)
}

/// Sessions in a transaction that nobody ends: the first of them is older than its transaction, and that older than those of
/// the others.
async fn hold(exporter: &Exporter) -> Outcome<Vec<Session>> {
    let mut sessions = try_join_all((0..=HELD).map(|_| exporter.database.connect())).await?;
    let (first, others) = sessions.split_at_mut(2);
    for begun_together in [first, others] {
        // PostgreSQL tells the ages apart by nothing but the time between them.
        sleep(PAUSE).await;
        for session in begun_together {
            session.run("BEGIN").await?;
        }
    }
    if let Some(session) = sessions.first_mut() {
        // It has to fail: that is how a transaction becomes an aborted one.
        let _ = session.try_run("SELECT 1 / 0").await;
    }
    Ok(sessions)
}

fn has(exporter: &Exporter, page: &Page, counts: &[(&str, f64)]) -> bool {
    counts.iter().all(|(state, count)| page.sum(COUNT, &labels(exporter, state)) == *count)
}

/// The labels of the check's own sessions.
fn labels<'a>(exporter: &'a Exporter, state: &'a str) -> [(&'a str, &'a str); 3] {
    [("datname", exporter.database.name.as_str()), ("state", state), ("application_name", APPLICATION_NAME)]
}

fn counts_are(exporter: &Exporter, page: &Page, counts: &[(&str, f64)], change: &str, mistake: &str) -> Outcome {
    for (state, count) in counts {
        let labels = labels(exporter, state);
        if page.sum(COUNT, &labels) != *count {
            return Failure::change(change)
                .expected(format!("{count} in all of {}", series(COUNT, &labels)))
                .seen(lines(page, COUNT, &labels[..1]))
                .seen(last_log_lines(exporter))
                .mistake(mistake)
                .why(WHY)
                .stop();
        }
    }
    Ok(())
}

/// One more session begins a transaction, and ends it.
async fn are_read_anew(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let held = HELD as f64;
    let moved = Moved {
        metric: COUNT,
        labels: &labels(exporter, IN_TRANSACTION),
        there: Move { sql: &["BEGIN"], value: Some(held + 1.0) },
        back: Move { sql: &["COMMIT"], value: Some(held) },
    };
    is_read_at_each_scrape(exporter, &mut session, &moved).await?;
    names_are_read_anew(exporter, &mut session).await?;
    session.close().await
}

/// Somebody who is there takes another name, and has it back.
async fn names_are_read_anew(exporter: &Exporter, session: &mut Session) -> Outcome {
    let [name, other] = ["eve", "ewa"].map(|name| format!("{}_{name}", exporter.database.name));
    exporter.database.create_superuser(&name).await?;
    let renamed = exporter.database.connect_as(&exporter.database.name, &name, APPLICATION_NAME).await?;
    let moved = Moved {
        metric: COUNT,
        labels: &[("usename", &other)],
        there: Move { sql: &[&format!("ALTER ROLE {name} RENAME TO {other}")], value: Some(1.0) },
        back: Move { sql: &[&format!("ALTER ROLE {other} RENAME TO {name}")], value: None },
    };
    is_read_at_each_scrape(exporter, session, &moved).await?;
    renamed.close().await
}

/// The other labels come from the same rows.
async fn are_described(exporter: &Exporter) -> Outcome {
    let labels = labels(exporter, IN_TRANSACTION);
    let description = [("backend_type", "client backend"), ("wait_event_type", "Client"), ("wait_event", "ClientRead")];
    let labels: Vec<_> = labels.into_iter().chain(description).collect();
    let has_user = |page: &Page| {
        page.matching(COUNT, &labels).any(|sample| sample.label("usename").is_some_and(|user| !user.is_empty()))
    };
    let page = exporter.app.scrape_until(has_user).await?;
    if has_user(&page) {
        return Ok(());
    }
    Failure::change(format!("Fill the labels of `{COUNT}` from the columns of the same names."))
        .expected(format!("{}, and a `usename`, for a session that waits for its client", series(COUNT, &labels)))
        .seen(lines(&page, COUNT, &labels[..2]))
        .mistake("A label holds a constant or another column, or is empty although the column is not null.")
        .why("Who holds the transaction open is the question that comes next.")
        .stop()
}

async fn duration_is_that_of_the_transaction(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let age = format!(
        "SELECT max(extract(epoch FROM clock_timestamp() - xact_start))::float8 FROM pg_stat_activity \
         WHERE datname = current_database() AND state = '{IN_TRANSACTION}' AND application_name = '{APPLICATION_NAME}'"
    );
    let labels = labels(exporter, IN_TRANSACTION);
    for _ in 0..LOOKS {
        let before = session.number(&age).await?;
        let page = exporter.app.scrape().await?;
        let after = session.number(&age).await?;
        let longest = page.matching(LONGEST, &labels).map(|sample| sample.value).fold(0.0, f64::max);
        if !is_between(longest, before, after) {
            return another_duration(&page, &labels, [before, after]).stop();
        }
        // A slower look cannot tell the age of a transaction from that of its session, or from the average age.
        if after - before < PAUSE.as_secs_f64() / 2.0 {
            break;
        }
    }
    Ok(())
}

fn another_duration(page: &Page, labels: &[(&str, &str)], [before, after]: [f64; 2]) -> Failure {
    let series = series(LONGEST, labels);
    Failure::change(format!("Set `{LONGEST}` to the age of the oldest transaction, in seconds."))
        .expected(format!("{series}: between {before:.3} and {after:.3}, which is `clock_timestamp() - xact_start`"))
        .seen(lines(page, LONGEST, labels))
        .mistake("The age is in milliseconds, cut to whole seconds, an average, or that of something else: of the session (`backend_start`), or of its last query (`query_start`).")
        .why("An alert on transactions older than a minute fires at once, or never.")
}

/// Sessions in all states, in two databases, of several roles and programs.
async fn customers_are_on_the_page(exporter: &Exporter) -> Outcome {
    let mut crowd = exporter.scene.crowd(&exporter.database).await?.lock().await;
    let mut session = exporter.database.connect().await?;
    let users = exporter.database.customers();
    let literals: Vec<_> = users.iter().map(|user| literal(user)).collect();
    let view = View {
        from: "pg_stat_activity",
        filter: &format!("usename IN ({})", literals.join(", ")),
        grouped: true,
        labels: &LABELS.map(|label| (label, label)),
        columns: COLUMNS,
        is_of_these: &|sample| sample.label("usename").is_some_and(|name| users.iter().any(|user| user == name)),
        missing: "The query leaves these sessions out: those of other databases, of some users, or of programs without a name. Or a label holds something else than the column of its name.",
        differs: "Sessions were counted that belong to other labels, or not all of these. A duration is `clock_timestamp() - xact_start` of the oldest transaction: not the age of the session (`backend_start`) or of its last query (`query_start`), and not an average.",
        why: WHY,
    };
    for _ in 0..LOOKS {
        crowd.ask_again().await?;
        let started = Instant::now();
        is_on_the_page(&view, exporter, &mut session).await?;
        // A slower look cannot tell the age of a transaction from that of its last query.
        if started.elapsed() < PAUSE {
            break;
        }
    }
    session.close().await
}

fn every_state_is_there(databases: &[String], page: &Page) -> Outcome {
    for datname in databases {
        for state in STATES {
            let labels = [("datname", datname.as_str()), ("state", state)];
            if page.matching(COUNT, &labels).next().is_none() {
                return Failure::change("Give each database all states, at 0 where there is no session.")
                    .expected(format!("{} 0", series(COUNT, &labels)))
                    .seen(lines(page, COUNT, &labels[..1]))
                    .mistake("A `GROUP BY` of `pg_stat_activity` has no row for what is not there. Begin with all states, and join the sessions to them.")
                    .why("A series that comes and goes leaves gaps, and an alert on it cannot tell \"nobody\" from \"nobody looked\".")
                    .stop();
            }
        }
    }
    Ok(())
}

/// Sessions of PostgreSQL's own may be active or idle. Nobody is in the other states.
fn nobody_is_zero(exporter: &Exporter, page: &Page) -> Outcome {
    for state in STATES.iter().skip(BUSY_STATES) {
        let labels = [("datname", exporter.database.name.as_str()), ("state", state)];
        if page.sum(COUNT, &labels) != 0.0 {
            return Failure::change("Count no session where there is none.")
                .expected(format!("{} 0", series(COUNT, &labels)))
                .seen(lines(page, COUNT, &labels))
                .mistake("`count(*)` counts the row that an outer join makes for nobody. Count a column of the sessions, such as `pid`, which is null there.")
                .why("Every alert on sessions that hang would fire for ever.")
                .stop();
        }
    }
    Ok(())
}

/// What a session would say of itself is empty where there is none.
fn nobody_is_described(page: &Page) -> Outcome {
    for name in METRICS {
        let nobody = page.series(COUNT).filter(|sample| sample.value == 0.0);
        let keys: Vec<_> = nobody.map(|sample| sample.labels.clone()).collect();
        let is_nobody = |sample: &&Sample| keys.contains(&sample.labels);
        let described = |sample: &&Sample| {
            LABELS.iter().skip(2).any(|label| sample.label(label).is_some_and(|value| !value.is_empty()))
        };
        let Some(sample) = page.series(name).filter(is_nobody).find(described) else { continue };
        return Failure::change("Leave the other labels empty, where there is no session.")
            .expected(format!("series of `{name}` with `datname` and `state` alone, where the count is 0"))
            .seen([sample.line.clone()])
            .mistake("A null was given a text, such as `none`. Or there is a row for each user or program that there might be.")
            .why("As in the official exporter: a panel that lists users or programs must not list somebody who is not there.")
            .stop();
    }
    Ok(())
}

/// Somebody else uses the role of the exporter, as with `psql` and the same URL.
async fn counts_others_of_its_role_alone(exporter: &Exporter) -> Outcome {
    let role = exporter.database.name.as_str();
    let session = exporter.database.connect_as_its_role("psql").await?;
    let page = exporter.app.scrape().await?;
    session.close().await?;
    does_not_count_itself(&page, role)?;
    let labels = [("usename", role), ("application_name", "psql")];
    if page.sum(COUNT, &labels) == 1.0 {
        return Ok(());
    }
    Failure::change("Leave the exporter's own sessions out of the count, and no others.")
        .expected(format!("{} 1, for somebody who uses the exporter's role in psql", series(COUNT, &labels)))
        .seen(lines(&page, COUNT, &labels[..1]))
        .mistake("All sessions of the exporter's role are left out. Its own are those that have its `application_name`.")
        .why("Somebody who looks into the database with the same URL, and forgets to commit, holds up everybody else, and is nowhere to be seen.")
        .stop()
}

fn does_not_count_itself(page: &Page, role: &str) -> Outcome {
    let labels = [("usename", role)];
    let is_own = |sample: &Sample| sample.label("application_name") != Some("psql") && sample.value > 0.0;
    if !page.matching(COUNT, &labels).any(is_own) {
        return Ok(());
    }
    Failure::change("Leave the exporter's own sessions out of the count.")
        .expected(format!("no session in {} but that of psql", series(COUNT, &labels)))
        .seen(lines(page, COUNT, &labels))
        .mistake("Each connection of the exporter is a session: the one that runs this query is active, and those of the other collectors are active or idle. `pid <> pg_backend_pid()` leaves out one of them. They all have the exporter's `application_name`.")
        .why("Whoever looks for customers on a database that nobody uses would see the exporter, for ever.")
        .stop()
}
