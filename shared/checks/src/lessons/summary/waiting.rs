//! The wait for a connection is part of a query's time.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{join, join3, try_join_all};
use tokio::time::{Instant, sleep, timeout};

use super::call::{Call, moved_by};
use super::hold::{Held, SHOWN, release_after, with_longer_holds};
use super::metric::{QUERIES, SUM};
use super::trouble;
use crate::database::WriteLock;
use crate::exposition::{Page, Sample};
use crate::launch::Settings;
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, PATIENCE};

const WHY: &str = "A pool that is too small is the most common cause of a slow database that is not slow at all. The wait for a connection is the only place where it shows.";
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// A query without an answer after this long waits for something.
const STUCK: Duration = Duration::from_millis(100);
/// How many queries wait at once.
const WAITING: usize = 4;

/// With one connection in the pool, and an addition that holds it, the next query has to wait.
pub(super) async fn is_timed(app: &App) -> Outcome {
    let database = app.database()?;
    let product = app.product().await?;
    let variables = vec![("DATABASE_MAX_CONNECTIONS", "1".into()), ("DATABASE_ACQUIRE_TIMEOUT_MS", "10000".into())];
    let small = app.start_with(&Settings { replicas: 1, variables, ..app.settings()? }).await?;
    let held = Held { app: &small.app, database, product: &product };

    let call = Call::get(format!("/items/{}", product.id), 200);
    let moved = moved_by(&small.app, &call).await?;
    call.is_timed_once(&moved)?;
    does_not_deny_it(&moved.after)?;
    let operations = moved.operations();
    let waits = with_longer_holds(|hold| wait_shows(held, &call, &operations, hold));
    // On another database, and so at the same time.
    let (waits, in_vain) = join(waits, trouble::wait_in_vain_is_timed(app)).await;
    waits?;
    in_vain
}

/// Words for the wait, and words that leave something out.
const WAITS: [&str; 3] = ["wait", "connection", "pool"];
const DENIALS: [&str; 7] = ["without", "exclud", "not includ", "not count", "left out", "leaves out", "apart from"];

/// A help text in other words, or in another language, is as good. One that says the opposite is not.
fn does_not_deny_it(page: &Page) -> Outcome {
    let help = page.family(QUERIES).and_then(|family| family.help.as_deref()).unwrap_or_default();
    let words = help.to_lowercase();
    let has_one_of = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if !has_one_of(&WAITS) || !has_one_of(&DENIALS) {
        return Ok(());
    }
    Failure::change("Let the help text say that the wait for a connection is included.")
        .expected("a help text that says what the numbers are: durations with the wait for a connection")
        .seen([format!("# HELP {QUERIES} {help}")])
        .mistake("The text was written for another clock: one that starts when the connection is there.")
        .why("Somebody who reads that the wait is left out looks for a missing index, where the pool is too small.")
        .stop()
}

async fn wait_shows(held: Held<'_>, call: &Call, operations: &BTreeSet<String>, hold: Duration) -> Outcome {
    let before = held.app.scrape().await?;
    let elapsed = wait_for_connection(held, call, hold).await?;
    let after = held.app.scrape().await?;
    let sum: f64 = operations.iter().map(|name| rise(&before, &after, SUM, &[("operation", name)])).sum();
    let waited = WAITING as f64 * hold.as_secs_f64();
    if sum >= waited * SHOWN {
        return Ok(());
    }
    let of_call = |sample: &&Sample| sample.label("operation").is_some_and(|name| operations.contains(name));
    Failure::change("Start the clock before the query waits for a connection of the pool.")
        .expected(format!("{SUM} of the query rises by at least {waited:.2} when it is asked {WAITING} times, and no connection is free for {:.2} seconds", hold.as_secs_f64()))
        .seen([format!("{WAITING} times {call} -> 200 after {elapsed:.3} seconds, and the sum rose by {sum}:")])
        .seen(after.series(SUM).filter(of_call).map(|sample| sample.line.clone()))
        .mistake("A connection is acquired first, and only what comes then is timed. Or the driver's own log is read, which leaves out the wait.")
        .why(WHY)
        .stop()
}

/// Takes the pool's only connection for a while, and returns how long queries waited for it, in seconds.
async fn wait_for_connection(held: Held<'_>, call: &Call, hold: Duration) -> Outcome<f64> {
    let lock = held.lock().await?;
    let (addition, elapsed) = join(held.addition(), queries_wait(held.app, call, lock, hold)).await;
    addition?;
    elapsed
}

/// Sends a query again and again until one gets no answer, because no connection is free. Then sends those that are
/// judged: the one before may have had its connection already, and lost it to the addition.
async fn queries_wait(app: &App, call: &Call, lock: WriteLock, hold: Duration) -> Outcome<f64> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let mut query = pin!(call.send(app));
        if timeout(STUCK, &mut query).await.is_err() {
            let started = Instant::now();
            let queries = try_join_all((0..WAITING).map(|_| call.send(app)));
            let (answer, answers, released) = join3(query, queries, release_after(hold, lock)).await;
            released?;
            answer?;
            answers?;
            return Ok(started.elapsed().as_secs_f64());
        }
        sleep(POLL_INTERVAL).await;
    }
    Err(Stop::NotRun(format!("`{call}` never waits for a connection, although DATABASE_MAX_CONNECTIONS is 1")))
}
