//! Quantiles of queries whose durations the check knows, and the window that an app has when it is told none.

use std::time::Duration;

use exposition::Page;
use futures_util::future::join;
use reqwest::Method;
use tokio::time::Instant;

use super::call::Call;
use super::hold::{Held, SHOWN, release_after, with_longer_holds};
use super::metric::{QUANTILES, QUERIES, SUM, quantile, quantile_values, summary_lines};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, new_session};

const WHY: &str = "A quantile that is a little wrong looks like any other. Decisions are made by it: which query is repaired, whom to call at night.";
/// How far a quantile may be off: as the lesson's README has it.
const PRECISION: f64 = 0.01;

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

/// How many queries are quick, and how many of each kind have to wait, the longest last. Each quantile but the median is the
/// duration of another kind.
const QUICK: usize = 52;
const KINDS: [Kind; 3] = [
    Kind { count: 4, holds: 1, quantile: 0.9 },
    Kind { count: 2, holds: 2, quantile: 0.95 },
    Kind { count: 2, holds: 4, quantile: 0.99 },
];

/// Queries that wait for the same time.
struct Kind {
    count: usize,
    /// For how many times the shortest wait.
    holds: u32,
    /// Which quantile is one of them.
    quantile: f64,
}

/// Each quantile is at its place: the median among the quick ones, and each other one among those of its kind.
pub(super) async fn of_quick_and_slow_queries(app: &App) -> Outcome {
    with_longer_holds(|hold| quick_and_slow(app, hold)).await
}

async fn quick_and_slow(app: &App, hold: Duration) -> Outcome {
    const OPERATION: &str = "add_to_cart";
    let Some(app) = app.start_apart().await.map_err(Stop::not_run)? else { return Ok(()) };
    let held = Held { app: &app, database: app.database()?, product: &app.product().await? };
    for _ in 0..QUICK {
        held.addition().await?;
    }
    let mut longest = Vec::new();
    for kind in &KINDS {
        longest.push(held.additions(kind.count, hold * kind.holds).await?);
    }
    let page = held.app.scrape().await?;
    let least = |kind: &Kind| (hold * kind.holds).as_secs_f64() * SHOWN;
    let is_of = |(kind, longest): (&Kind, &f64)| {
        value_of(&page, OPERATION, kind.quantile)
            .is_some_and(|value| (least(kind)..=longest * (1.0 + PRECISION)).contains(&value))
    };
    let median = value_of(&page, OPERATION, QUANTILES[0]);
    if median.is_some_and(|median| median < least(&KINDS[0])) && KINDS.iter().zip(&longest).all(is_of) {
        return Ok(());
    }
    Failure::change("Give each quantile the duration at its place among all that were observed.")
        .expected(format!("after {QUICK} quick additions, and {}: the median is quick, and each other quantile is one of those in their order", in_words(hold)))
        .seen(summary_lines(&page, OPERATION))
        .mistake("All quantiles show one number, such as the mean or the last duration, or two of them are mixed up.")
        .why(WHY)
        .stop()
}

fn in_words(hold: Duration) -> String {
    let kind = |kind: &Kind| format!("{} that took {:.1} seconds", kind.count, (hold * kind.holds).as_secs_f64());
    KINDS.iter().map(kind).collect::<Vec<_>>().join(", ")
}

/// Longer than the last bound of the histogram of requests, and than most people think of.
const LONG: Duration = Duration::from_millis(3_300);

/// A single query that takes long: it is precise, too.
pub(super) async fn of_a_long_query(held: Held<'_>) -> Outcome {
    const OPERATION: &str = "delete_cart";
    let session = new_session();
    held.app.add_to_cart(&session, held.product.id, 1).await?.expect_status(200)?;
    let call = Call::new(Method::DELETE, format!("/carts/{session}"), None, 204);
    let lock = held.lock().await?;
    let started = Instant::now();
    let (answer, released) = join(call.send(held.app), release_after(LONG, lock)).await;
    released?;
    answer?;
    let elapsed = started.elapsed().as_secs_f64();
    let page = held.app.scrape().await?;
    let sum = page.sum(SUM, &[("operation", OPERATION)]);
    let is_long = (LONG.as_secs_f64() * SHOWN..=elapsed).contains(&sum);
    if is_long && quantile_values(&page, OPERATION).iter().all(|value| (value - sum).abs() <= sum * PRECISION) {
        return Ok(());
    }
    Failure::change("Observe long queries as long as they are, in the sum as well as in the quantiles.")
        .expected(format!("{SUM} and each quantile, after one query that took about {elapsed:.1} seconds"))
        .seen(summary_lines(&page, OPERATION))
        .mistake("There is a longest duration, for which all longer ones are taken: the last bound of some buckets, or a limit in the code. Or longer ones are left out.")
        .why("The longest queries are the ones that somebody has to find. How long they are tells a lock from a missing index.")
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
