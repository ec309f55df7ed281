//! The exporter has few connections, however many scrapes there are.

use std::sync::atomic::{AtomicBool, Ordering};

use std::time::Duration;

use exposition::Page;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::collectors::{PATIENCE_WHEN_BUSY, is_complete, work_again};
use super::scrape::is_quiet;
use crate::lessons::exporter::lines::lines;
use crate::lessons::exporter::names::{SUCCESS, UP};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::PATIENCE;
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

const SCRAPES: usize = 50;
/// A connection for each of five collectors, twice.
const MOST: f64 = 10.0;
/// Some scrapes at the same time: more than the exporter may have connections.
pub(super) const AT_ONCE: usize = 12;
/// As many as get their connections in time where all cores are busy, once at least.
const AT_ONCE_WHEN_BUSY: usize = 6;
/// How often in a row all of them have to be complete.
const ROUNDS: usize = 3;
/// What may have cost a connection. It says no more, since with few failures or with many, the next one may be the one too
/// many.
pub(super) const FAILURES: &str = "scrapes in which a query failed";
/// More than the exporter may have connections.
const HANG_UPS: u64 = 12;
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(super) async fn are_few(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    some_at_once_are_complete(exporter).await?;
    leave_no_transaction_open(exporter, &mut session).await?;
    let is_done = AtomicBool::new(false);
    let scrapes = async {
        let answers = join_all((0..SCRAPES).map(|_| exporter.app.get("/metrics"))).await;
        // The flag stands for itself: the answers come another way.
        is_done.store(true, Ordering::Relaxed);
        answers
    };
    let (answers, during) = tokio::join!(scrapes, most_sessions(exporter, &mut session, &is_done));
    are_few_enough(during?, "while they run")?;
    for answer in answers {
        answer?.page()?;
    }
    let after = sessions(exporter, &mut session).await?;
    are_few_enough(after, "when they are answered")?;
    hang_up(exporter).await?;
    let after = "clients that hung up in the middle of a scrape";
    stay_few(exporter, &mut session, after).await?;
    work_again(&exporter.app, after).await
}

/// Scrapes that run at the same time share connections, and leave nothing out, again and again. Where all cores are busy,
/// connections may be late; then there are fewer at once, and there is another chance.
async fn some_at_once_are_complete(exporter: &Exporter) -> Outcome {
    let deadline = Instant::now() + PATIENCE_WHEN_BUSY;
    let mut rounds = 0;
    while rounds < ROUNDS {
        let (at_once, counts_for) =
            if is_quiet(&exporter.app).await? { (AT_ONCE, 1) } else { (AT_ONCE_WHEN_BUSY, ROUNDS) };
        match first_incomplete(exporter, at_once).await? {
            None => rounds += counts_for,
            Some(page) if Instant::now() >= deadline => return incomplete(&page).stop(),
            Some(_) => rounds = 0,
        }
    }
    Ok(())
}

/// A transaction that is open keeps the dead rows of everybody, for as long as the exporter is idle.
async fn leave_no_transaction_open(exporter: &Exporter, session: &mut Session) -> Outcome {
    let role = &exporter.database.name;
    // Others of its role may be at work in other databases.
    let open = format!(
        "SELECT count(*)::float8 FROM pg_stat_activity \
         WHERE usename = '{role}' AND datname = current_database() AND xact_start IS NOT NULL"
    );
    let deadline = Instant::now() + PATIENCE;
    let mut sessions = session.number(&open).await?;
    while sessions > 0.0 && Instant::now() < deadline {
        sleep(POLL_INTERVAL).await;
        sessions = session.number(&open).await?;
    }
    if sessions == 0.0 {
        return Ok(());
    }
    Failure::change("End each transaction with its scrape.")
        .expected("no session of the exporter in a transaction, when nobody scrapes")
        .seen([format!("{sessions} of its sessions are in a transaction, {} seconds later", PATIENCE.as_secs())])
        .mistake("`BEGIN` without `COMMIT`, or one for the next scrape in advance.")
        .why("A transaction that is open keeps the dead rows of everybody, and a view that is read in it may stay as it was. The exporter would be the session that it warns of.")
        .stop()
}

async fn first_incomplete(exporter: &Exporter, at_once: usize) -> Outcome<Option<Page>> {
    let answers = join_all((0..at_once).map(|_| exporter.app.get("/metrics"))).await;
    let pages = answers.into_iter().map(|answer| answer?.page()).collect::<Outcome<Vec<_>>>()?;
    Ok(pages.into_iter().find(|page| !is_complete(page)))
}

fn incomplete(page: &Page) -> Failure {
    Failure::change("Answer each of several scrapes at once with a whole page.")
        .expected(format!("{UP} 1, and {SUCCESS} 1 for all collectors, on each of several pages that are asked for at once"))
        .seen(lines(page, UP, &[]))
        .seen(lines(page, SUCCESS, &[]))
        .mistake("A scrape that finds no free connection, or another scrape at work, gives up instead of waiting for its turn. Or it holds one connection while it waits for another: when each scrape does, all wait for each other, and nobody gets one.")
        .why("Two Prometheus servers scrape each exporter, so that one may fail. And people look at the page, too.")
}

/// Clients that ask, and are gone before the answer: at once, and a little later.
async fn hang_up(exporter: &Exporter) -> Outcome {
    for number in 0..HANG_UPS {
        let client = TcpStream::connect(exporter.app.address()).await;
        let mut client = client.map_err(Stop::not_run)?;
        client.write_all(b"GET /metrics HTTP/1.1\r\nhost: exporter\r\n\r\n").await.map_err(Stop::not_run)?;
        sleep(Duration::from_millis(number)).await;
    }
    Ok(())
}

/// The connections of the exporter after something that may have cost one each time. A connection that is dropped stays
/// at the server for a moment, so that there may be more meanwhile.
pub(super) async fn stay_few(exporter: &Exporter, session: &mut Session, after: &str) -> Outcome {
    let deadline = Instant::now() + PATIENCE_WHEN_BUSY;
    let sessions = loop {
        let sessions = sessions(exporter, session).await?;
        if sessions <= MOST {
            return Ok(());
        }
        if Instant::now() >= deadline {
            break sessions;
        }
        sleep(POLL_INTERVAL).await;
    };
    Failure::change("Give each connection back, also when something went wrong.")
        .expected(format!("at most {MOST} connections of the exporter, after {after}"))
        .seen([format!("{sessions} connections of the exporter, after {after}")])
        .mistake("Each time, a connection is made that nobody closes: it is forgotten, leaked, or kept for later.")
        .why("One bad night, and the exporter has taken the last connections from the shop.")
        .stop()
}

async fn most_sessions(exporter: &Exporter, session: &mut Session, is_done: &AtomicBool) -> Outcome<f64> {
    let mut most = 0.0_f64;
    while !is_done.load(Ordering::Relaxed) {
        most = most.max(sessions(exporter, session).await?);
    }
    Ok(most)
}

/// Nobody else uses the role of the exporter.
async fn sessions(exporter: &Exporter, session: &mut Session) -> Outcome<f64> {
    let role = &exporter.database.name;
    session
        .number(&format!(
            "SELECT count(*)::float8 FROM pg_stat_activity WHERE usename = '{role}' AND datname = current_database()"
        ))
        .await
}

fn are_few_enough(sessions: f64, when: &str) -> Outcome {
    if sessions <= MOST {
        return Ok(());
    }
    Failure::change("Let all scrapes share a few connections.")
        .expected(format!("at most {MOST} connections of the exporter, for {SCRAPES} scrapes at once"))
        .seen([format!("{sessions} connections of the exporter, {when}")])
        .mistake("Each scrape, or each collector, makes a connection of its own, or a pool of its own. Some are never closed.")
        .why("When the database gets slow, scrapes overlap. An exporter that takes the last connections turns a slow shop into one that is down.")
        .stop()
}
