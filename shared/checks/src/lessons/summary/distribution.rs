//! Quantiles of queries whose durations the check knows, and the window that an app has when it is told none.

use std::time::Duration;

use super::call::Call;
use super::hold::{HOLD, Held, SHOWN, with_longer_holds};
use super::metric::{QUANTILES, QUERIES, SUM, quantile, quantile_values, summary_lines};
use crate::exposition::Page;
use crate::outcome::{Failure, Outcome};

const WHY: &str = "A quantile that is a little wrong looks like any other. Decisions are made by it: which query is repaired, whom to call at night.";
/// How far a quantile may be off: as the lesson's README has it.
const PRECISION: f64 = 0.01;
const FAST: usize = 12;
const SLOW: usize = 3;

/// A single query: all quantiles are its duration, and so is the sum.
pub(super) async fn of_one_query(held: Held<'_>) -> Outcome {
    const OPERATION: &str = "find_item";
    Call::get(format!("/items/{}", held.product.id), 200).send(held.app).await?;
    let page = held.app.scrape().await?;
    let sum = page.sum(SUM, &[("operation", OPERATION)]);
    let values = quantile_values(&page, OPERATION);
    if values.len() >= QUANTILES.len() && values.iter().all(|value| (value - sum).abs() <= sum * PRECISION) {
        return Ok(());
    }
    Failure::change("Compute the quantiles from the same durations as `_sum`.")
        .expected(format!("each quantile within 1 % of {SUM}, after one query"))
        .seen(summary_lines(&page, OPERATION))
        .mistake("The quantiles are in another unit, rounded, taken from buckets that are too wide, or of other queries. Or the query is observed twice.")
        .why(WHY)
        .stop()
}

/// Of fifteen queries, three are slow: the median is fast, and the other quantiles are slow.
pub(super) async fn of_fast_and_slow_queries(held: Held<'_>) -> Outcome {
    with_longer_holds(|hold| fast_and_slow(held, hold)).await
}

async fn fast_and_slow(held: Held<'_>, hold: Duration) -> Outcome {
    const OPERATION: &str = "add_to_cart";
    for _ in 0..FAST {
        held.addition().await?;
    }
    let elapsed = held.additions(SLOW, hold).await?;
    let page = held.app.scrape().await?;
    let slow = HOLD.as_secs_f64() * SHOWN;
    let is_right = |wanted: &f64| match value_of(&page, OPERATION, *wanted) {
        Some(value) if *wanted == QUANTILES[0] => value < slow,
        Some(value) => (slow..=elapsed * (1.0 + PRECISION)).contains(&value),
        None => false,
    };
    if QUANTILES.iter().all(is_right) {
        return Ok(());
    }
    Failure::change("Give each quantile the duration at its place among all that were observed.")
        .expected(format!("of {} additions, {SLOW} took from {slow} to {elapsed:.3} seconds: the median is below, the other quantiles are not", FAST + SLOW))
        .seen(summary_lines(&page, OPERATION))
        .mistake("All quantiles show one number, such as the mean or the last duration, or two of them are mixed up.")
        .why(WHY)
        .stop()
}

fn value_of(page: &Page, operation: &str, wanted: f64) -> Option<f64> {
    let labels = [("operation", operation)];
    let mut samples = page.matching(QUERIES, &labels);
    samples.find(|sample| quantile(sample) == Some(wanted)).map(|sample| sample.value)
}

/// Without a word of how long the window is, it is ten minutes: nothing has left it by now.
pub(super) async fn is_still_there(held: Held<'_>) -> Outcome {
    const OPERATION: &str = "find_item";
    let page = held.app.scrape().await?;
    if quantile_values(&page, OPERATION).iter().all(|value| !value.is_nan()) {
        return Ok(());
    }
    Failure::change("Let the window be ten minutes long where `SUMMARY_WINDOW_SECONDS` is not set.")
        .expected("quantiles that are numbers some seconds after a query")
        .seen(summary_lines(&page, OPERATION))
        .mistake("The default is another unit, or a window that was made short for a try.")
        .why("Between two scrapes, the window is empty again. Prometheus hardly ever sees a number.")
        .stop()
}
