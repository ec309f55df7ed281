//! Every query is timed: the quick, the slow and the failing ones, as long as they take, in seconds.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use tokio::time::Instant;

use super::call::{Call, Moved, addition_of, moved_by, new_item, new_sku};
use super::hold::{Held, SHOWN, with_longer_holds};
use super::metric::{COUNT, GENEROUS, SUM, page_lines};
use crate::exposition::Page;
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, Product, new_session};

const WHY_SECONDS: &str = "Query time and request time are laid over each other in one graph. That only works if both are the whole time, in the same unit.";
const WHY_FAILURES: &str = "Queries that fail are often the slow ones: they waited for a lock or ran into a time-out. Without them, the database looks best when it is at its worst.";

pub(super) async fn are_all_timed(app: &App) -> Outcome {
    let product = app.product().await?;
    let before = app.scrape().await?;
    let started = Instant::now();
    let mut operations = BTreeSet::new();
    let mut after = before.clone();
    for call in calls(app, &product) {
        let moved = moved_by(app, &call).await?;
        call.is_timed(&moved)?;
        operations.extend(moved.operations);
        after = moved.after;
    }
    operations_differ(&operations, &after)?;
    fits_the_clock(rise(&before, &after, SUM, &[]), started.elapsed().as_secs_f64(), &after)?;
    match app.database() {
        Ok(database) => {
            let held = Held { app, database, product: &product };
            with_longer_holds(|hold| whole_time_in_seconds(held, hold)).await
        }
        // An app at a URL has no database that could be held up.
        Err(_) => Ok(()),
    }
}

/// One request for each method of the store, in an order in which all of them succeed.
fn calls(app: &App, product: &Product) -> Vec<Call> {
    let cart = format!("/carts/{}", new_session());
    let addition = Call::new(Method::POST, format!("{cart}/items"), Some(addition_of(product.id)), 200);
    let addition_again = Call::new(Method::POST, format!("{cart}/items"), Some(addition_of(product.id)), 200);
    let mut calls = vec![
        Call::get("/items", 200),
        Call::get(format!("/items/{}", product.id), 200),
        addition,
        Call::get(cart.clone(), 200),
        Call::new(Method::DELETE, cart.clone(), None, 204),
        addition_again,
        Call::new(Method::POST, format!("{cart}/checkout"), None, 200),
    ];
    // The catalogue of a shop that belongs to somebody else stays as it is.
    if app.database().is_ok() {
        calls.push(Call::new(Method::POST, "/items", Some(new_item(&new_sku())), 201));
    }
    calls
}

fn operations_differ(operations: &BTreeSet<String>, page: &Page) -> Outcome {
    if operations.len() > 1 {
        return Ok(());
    }
    Failure::change("Give each kind of query an `operation` of its own, such as the name of the store's method.")
        .expected("more than one `operation` after requests for items, carts and a checkout")
        .seen(page_lines(page, COUNT))
        .mistake("The label holds a constant.")
        .why("A checkout that waits for a lock disappears among a thousand quick look-ups of items.")
        .stop()
}

/// Requests that come one after the other can't spend more time in the database than has gone by.
fn fits_the_clock(sum: f64, elapsed: f64, page: &Page) -> Outcome {
    if sum <= elapsed * GENEROUS {
        return Ok(());
    }
    not_seconds(
        format!("{SUM} rises by at most {elapsed:.3}, since that is how long all requests took together"),
        sum,
        page,
    )
    .stop()
}

fn not_seconds(expected: String, sum: f64, page: &Page) -> Failure {
    Failure::change("Observe seconds.")
        .expected(expected)
        .seen([format!("the sum rose by {sum}:")])
        .seen(page_lines(page, SUM))
        .mistake("Milliseconds or microseconds are observed. `as_secs_f64()` gives seconds, with their fraction.")
        .why(WHY_SECONDS)
}

/// How often a query is held that takes longer than a second.
const ATTEMPTS: usize = 3;

/// Makes a query wait for a known time, which has to show. A busy machine may stretch that beyond a second, which a clock
/// of whole seconds shows, too: then once more.
async fn whole_time_in_seconds(held: Held<'_>, hold: Duration) -> Outcome {
    for _ in 0..ATTEMPTS {
        if held_time_shows(held, hold).await? < 1.0 {
            break;
        }
    }
    Ok(())
}

/// Returns for how many seconds the query was held.
async fn held_time_shows(held: Held<'_>, hold: Duration) -> Outcome<f64> {
    let before = held.app.scrape().await?;
    let elapsed = held.additions(1, hold).await?;
    let after = held.app.scrape().await?;
    let sum = rise(&before, &after, SUM, &[]);
    let expected = format!("{SUM} rises by about {elapsed:.3} after an addition that had to wait for so long");
    if sum > elapsed * GENEROUS {
        return not_seconds(expected, sum, &after).stop();
    }
    if sum >= hold.as_secs_f64() * SHOWN {
        return Ok(elapsed);
    }
    Failure::change("Start the clock before the query, and stop it once the query has been awaited.")
        .expected(expected)
        .seen([format!("POST /carts/.../items -> 200 after {elapsed:.3} seconds, and the sum rose by {sum}:")])
        .seen(page_lines(&after, SUM))
        .mistake("The call of an async function runs nothing yet, only `.await` does: the clock has stopped before the query began. Or the fraction is cut off: `as_secs()` gives whole seconds, `as_secs_f64()` all of it.")
        .why(WHY_SECONDS)
        .stop()
}

pub(super) async fn are_timed_when_they_fail(app: &App) -> Outcome {
    let product = app.product().await?;
    let nobody = format!("/carts/{}", new_session());
    let failures = [
        Call::new(Method::POST, "/items", Some(new_item(&product.sku)), 409),
        Call::get("/items/7000000", 404),
        Call::get(nobody.clone(), 404),
        Call::new(Method::DELETE, nobody.clone(), None, 404),
        Call::new(Method::POST, format!("{nobody}/items"), Some(addition_of(7_000_000)), 404),
        Call::new(Method::POST, format!("{nobody}/checkout"), None, 404),
    ];
    for call in failures {
        let moved = moved_by(app, &call).await?;
        is_timed_in_failure(&call, &moved)?;
    }
    Ok(())
}

fn is_timed_in_failure(call: &Call, moved: &Moved) -> Outcome {
    if !moved.operations.is_empty() {
        return Ok(());
    }
    Failure::change(format!("Time queries that fail, too, such as the one behind `{call}` -> {}.", call.status))
        .expected(format!("{COUNT} of an operation rises by at least 1 with `{call}` -> {}", call.status))
        .seen([format!("{call} -> {}, and no count rose:", call.status)])
        .seen(page_lines(&moved.after, COUNT))
        .mistake("The observation stands behind a `?`, which leaves the function when the query fails. Keep the result, observe, and only then look at it.")
        .why(WHY_FAILURES)
        .stop()
}
