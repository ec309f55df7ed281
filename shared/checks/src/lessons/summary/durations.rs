//! Durations are seconds, and all of them.

use std::time::Duration;

use exposition::Page;

use super::hold::{Held, SHOWN};
use super::metric::{GENEROUS, SUM, page_lines};
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, Product};

const WHY_SECONDS: &str = "Query time and request time are laid over each other in one graph. That only works if both are the whole time, in the same unit.";

/// How many times longer than their clients waited queries may seem to take, one after the other. Nobody else uses an
/// app that was started here.
fn allowance(app: &App) -> f64 {
    if app.database().is_ok() { 1.0 } else { GENEROUS }
}

/// Requests that come one after the other can't spend more time in the database than has gone by.
pub(super) fn fit_the_clock(app: &App, before: &Page, after: &Page, elapsed: Duration) -> Outcome {
    let (sum, limit) = (rise(before, after, SUM, &[]), elapsed.as_secs_f64() * allowance(app));
    if sum <= limit {
        return Ok(());
    }
    not_seconds(
        format!("{SUM} rises by at most {limit:.3}, since that is how long all requests took together"),
        sum,
        after,
    )
    .stop()
}

fn not_seconds(expected: String, sum: f64, page: &Page) -> Failure {
    Failure::change("Observe seconds.")
        .expected(expected)
        .seen([format!("the sum rose by {sum}:")])
        .seen(page_lines(page, SUM))
        .mistake("Milliseconds or microseconds are observed: `as_secs_f64()` gives seconds, with their fraction. Or one clock runs for several queries, and each of them observes all that it has counted.")
        .why(WHY_SECONDS)
}

/// How many quick queries are looked at, one after the other.
const QUICK: usize = 12;
/// Steps, in seconds, that durations may be cut or rounded to.
const STEPS: [f64; 4] = [1e-2, 1e-3, 1e-4, 1e-5];
/// How close to a step a sum of floats is that means one.
const CLOSE: f64 = 1e-9;
/// A duration that is rounded to a step differs by up to half of it. As the lesson's README has it, by at most 1 %.
const COARSE: f64 = 0.02;

/// Quick queries take what they take, and not a multiple of some step that is longer than themselves.
pub(super) async fn are_not_cut(app: &App, product: &Product) -> Outcome {
    let mut rises = Vec::new();
    let mut before = app.scrape().await?;
    for _ in 0..QUICK {
        app.get(&format!("/items/{}", product.id)).await?.expect_status(200)?;
        let after = app.scrape().await?;
        rises.push(rise(&before, &after, SUM, &[]));
        before = after;
    }
    let shortest = rises.iter().copied().fold(f64::INFINITY, f64::min);
    let is_step = |step: &f64| *step > shortest * COARSE && rises.iter().all(|rise| is_multiple(*rise, *step));
    if !STEPS.iter().any(is_step) {
        return Ok(());
    }
    let rises: Vec<_> = rises.iter().map(|rise| format!("{rise:.5}")).collect();
    Failure::change("Observe durations as they are, with all of their fraction.")
        .expected(format!("{SUM} rises by the duration of each quick query, within 1 %"))
        .seen([format!("{QUICK} times GET /items/{}, and the sum rose by {} seconds:", product.id, rises.join(", "))])
        .seen(page_lines(&before, SUM))
        .mistake("The duration is cut to whole milliseconds, or rounded to some digits: `as_millis()` throws away what is below, `as_secs_f64()` keeps it.")
        .why("A query of 0.3 ms then takes 0 or 1 ms. The fast queries are the many: their sum, and the mean that comes from it, mean nothing.")
        .stop()
}

fn is_multiple(value: f64, step: f64) -> bool {
    (value - (value / step).round() * step).abs() < CLOSE
}

/// How long a query is made to wait that takes more than a second, and longer where that does not show: a busy machine may
/// have begun with the query too late.
const LONG_HOLDS: [Duration; 3] =
    [Duration::from_millis(1_300), Duration::from_millis(1_500), Duration::from_millis(1_700)];

/// Makes a query wait for a known time, which has to show: whole seconds alone would be too little, and so would the
/// fraction of the second alone. A busy machine may stretch the wait beyond two seconds, and then one of them is
/// enough: then once more.
pub(super) async fn whole_time_in_seconds(held: Held<'_>) -> Outcome {
    let mut outcome = Ok(());
    for hold in LONG_HOLDS {
        match held_time_shows(held, hold).await {
            Ok(elapsed) if elapsed < 2.0 => return Ok(()),
            Ok(_) => outcome = Ok(()),
            Err(stop) => outcome = Err(stop),
        }
    }
    outcome
}

/// Returns for how many seconds the query was held.
async fn held_time_shows(held: Held<'_>, hold: Duration) -> Outcome<f64> {
    let before = held.app.scrape().await?;
    let elapsed = held.additions(1, hold).await?;
    let after = held.app.scrape().await?;
    let sum = rise(&before, &after, SUM, &[]);
    let expected = format!("{SUM} rises by about {elapsed:.3} after an addition that had to wait for so long");
    if sum > elapsed {
        return not_seconds(expected, sum, &after).stop();
    }
    if sum >= hold.as_secs_f64() * SHOWN {
        return Ok(elapsed);
    }
    Failure::change("Observe the whole time of a query: from before it is awaited until its answer is there.")
        .expected(expected)
        .seen([format!("POST /carts/.../items -> 200 after {elapsed:.3} seconds, and the sum rose by {sum}:")])
        .seen(page_lines(&after, SUM))
        .mistake("The call of an async function runs nothing yet, only `.await` does: the clock has stopped before the query began. Or a part of the time is cut off: `as_secs()` gives whole seconds, `subsec_nanos()` what is beyond them, `as_secs_f64()` all of it.")
        .why(WHY_SECONDS)
        .stop()
}
