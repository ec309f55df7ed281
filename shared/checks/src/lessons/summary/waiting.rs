//! The wait for a connection is part of a query's time.

use std::pin::pin;
use std::time::Duration;

use exposition::Page;
use futures_util::future::{join, join3, try_join_all};
use reqwest::Method;
use tokio::time::{Instant, sleep, timeout};

use super::call::{Call, addition_of, moved_by, new_item, new_sku};
use super::hold::{Held, SHOWN, release_after, with_longer_holds};
use super::metric::{QUERIES, SUM};
use super::trouble;
use crate::database::WriteLock;
use crate::launch::Settings;
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, PATIENCE, new_session};

const WHY: &str = "A pool that is too small is the most common cause of a slow database that is not slow at all. The wait for a connection is the only place where it shows.";
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// A query without an answer after this long waits for something.
const STUCK: Duration = Duration::from_millis(100);

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
    let waits = with_longer_holds(|hold| waits_show(held, hold * 2));
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

/// A call of each method of the store, all of which succeed.
async fn calls(held: Held<'_>) -> Outcome<Vec<(&'static str, Call)>> {
    let carts = [(); 3].map(|()| new_session());
    for session in &carts {
        held.app.add_to_cart(session, held.product.id, 1).await?.expect_status(200)?;
    }
    let [found, deleted, ordered] = carts.map(|session| format!("/carts/{session}"));
    let opened = format!("/carts/{}/items", new_session());
    Ok(vec![
        ("find_item", Call::get(format!("/items/{}", held.product.id), 200)),
        ("list_items", Call::get("/items", 200)),
        ("find_cart", Call::get(found, 200)),
        ("delete_cart", Call::new(Method::DELETE, deleted, None, 204)),
        ("checkout", Call::new(Method::POST, format!("{ordered}/checkout"), None, 200)),
        ("add_to_cart", Call::new(Method::POST, opened, Some(addition_of(held.product.id)), 200)),
        ("insert_item", Call::new(Method::POST, "/items", Some(new_item(&new_sku())), 201)),
    ])
}

async fn waits_show(held: Held<'_>, hold: Duration) -> Outcome {
    let calls = calls(held).await?;
    let before = held.app.scrape().await?;
    let elapsed = wait_for_connection(held, &calls, hold).await?;
    let after = held.app.scrape().await?;
    calls.iter().try_for_each(|(name, call)| wait_shows(&before, &after, name, call, (hold, elapsed)))
}

fn wait_shows(before: &Page, after: &Page, name: &str, call: &Call, (hold, elapsed): (Duration, f64)) -> Outcome {
    let sum = rise(before, after, SUM, &[("operation", name)]);
    let waited = hold.as_secs_f64();
    if sum >= waited * SHOWN {
        return Ok(());
    }
    Failure::change("Start the clock before the query waits for a connection of the pool.")
        .expected(format!("{SUM}{{operation=\"{name}\"}} rises by at least {waited:.2}, when no connection is free for {waited:.2} seconds"))
        .seen([format!("{call} -> {} after {elapsed:.3} seconds, and the sum rose by {sum}:", call.status)])
        .seen(after.matching(SUM, &[("operation", name)]).map(|sample| sample.line.clone()))
        .mistake("A connection is acquired first, and only what comes then is timed. Or the driver's own log is read, which leaves out the wait.")
        .why(WHY)
        .stop()
}

/// Takes the pool's only connection for a while, and returns how long queries waited for it, in seconds.
async fn wait_for_connection(held: Held<'_>, calls: &[(&str, Call)], hold: Duration) -> Outcome<f64> {
    let lock = held.lock().await?;
    let (addition, elapsed) = join(held.addition(), queries_wait(held, calls, lock, hold)).await;
    addition?;
    elapsed
}

/// Sends a query again and again until one gets no answer, because no connection is free. Then sends those that are
/// judged: the one before may have had its connection already, and lost it to the addition.
async fn queries_wait(held: Held<'_>, calls: &[(&str, Call)], lock: WriteLock, hold: Duration) -> Outcome<f64> {
    let app = held.app;
    // Not one of those that are judged: its clock may have started before the connection was taken.
    let first = Call::get("/ready", 200);
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let mut query = pin!(first.send(app));
        if timeout(STUCK, &mut query).await.is_err() {
            let started = Instant::now();
            let queries = try_join_all(calls.iter().map(|(_, call)| call.send(app)));
            let (answer, answers, released) = join3(query, queries, release_after(hold, lock)).await;
            released?;
            answer?;
            answers?;
            return Ok(started.elapsed().as_secs_f64());
        }
        sleep(POLL_INTERVAL).await;
    }
    Err(Stop::NotRun(format!("`{first}` never waits for a connection, although DATABASE_MAX_CONNECTIONS is 1")))
}
