//! The quantiles are about the queries of the last minutes.

use std::time::Duration;

use exposition::Page;
use futures_util::FutureExt;
use futures_util::future::join;
use tokio::time::{Instant, sleep};

use super::hold::{HOLD, Held, SHOWN, with_longer_holds};
use super::metric::{COUNT, GENEROUS, QUANTILES, SUM, quantile_values, says_nothing, summary_lines};
use super::{age, distribution};
use crate::launch::Settings;
use crate::lessons::lines::rise;
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::App;

const WHY: &str = "A quantile of all time hardly moves any more after a week: the incident of this morning does not show, and the one of last month never goes away.";

/// How far back the quantiles of an app look that is told so by `SUMMARY_WINDOW_SECONDS`.
const WINDOW_SECONDS: u64 = 1;
/// How long slow queries may take to leave the window. Less than five windows, which is what five age buckets are that
/// are as long as a window each.
const LEAVING: Duration = Duration::from_secs(2);
/// When a query has left the window that nobody saw: a little later than the window is long.
const UNSEEN: Duration = Duration::from_millis(1_600);
/// More than one in a hundred of the queries that follow, so that a quantile of all time keeps showing them.
const SLOW_QUERIES: usize = 5;
/// Between two quick queries: at most 10 until [`LEAVING`] is over.
const QUICK_INTERVAL: Duration = Duration::from_millis(200);

pub(super) async fn slides(app: &App) -> Outcome {
    let parts = [
        without_a_setting(app).boxed(),
        distribution::of_quick_and_slow_queries(app).boxed(),
        as_long_as_it_is_set(app).boxed(),
        unseen_queries_leave(app).boxed(),
    ];
    parts::side_by_side(parts).await
}

async fn without_a_setting(app: &App) -> Outcome {
    let Some(unset) = app.start_apart().await.map_err(Stop::not_run)? else { return Ok(()) };
    let held = Held { app: &unset, database: unset.database()?, product: &unset.product().await? };
    distribution::of_one_query(held).await?;
    distribution::of_a_long_query(held).await?;
    distribution::is_still_there(held).await
}

/// Nobody scrapes until the window is over: a query leaves by the time when it was made.
async fn unseen_queries_leave(app: &App) -> Outcome {
    let variables = vec![("SUMMARY_WINDOW_SECONDS", WINDOW_SECONDS.to_string())];
    let short = app.start_with(&Settings { replicas: 1, variables, ..app.settings()? }).await?;
    let before = short.app.scrape().await?;
    short.app.get("/items/1").await?.expect_status(200)?;
    sleep(UNSEEN).await;
    let page = short.app.scrape().await?;
    let operation = slowest(&before, &page);
    let values = quantile_values(&page, &operation);
    if values.len() >= QUANTILES.len() && values.into_iter().all(says_nothing) {
        return Ok(());
    }
    Failure::change("Keep a line for each quantile, which is NaN when no query of the window is left.")
        .expected(format!("four quantiles that are NaN in the first scrape, {:.1} seconds after the only query, with SUMMARY_WINDOW_SECONDS={WINDOW_SECONDS}", UNSEEN.as_secs_f64()))
        .seen(summary_lines(&page, &operation))
        .mistake("What has no number is left out of the page. Or queries are observed when they are scraped, not when they are made.")
        .why("A line that is missing looks like an operation that nobody has ever used, and an old number like one of now.")
        .stop()
}

async fn as_long_as_it_is_set(app: &App) -> Outcome {
    let (database, product) = (app.database()?, app.product().await?);
    let variables = vec![("SUMMARY_WINDOW_SECONDS", WINDOW_SECONDS.to_string())];
    let short = app.start_with(&Settings { replicas: 1, variables, ..app.settings()? }).await?;
    let held = Held { app: &short.app, database, product: &product };
    let slow_queries = with_longer_holds(|hold| slow_queries_show(held, hold)).await?;
    let window = Duration::from_secs(WINDOW_SECONDS);
    let (leave, kept) = join(slow_queries_leave(held, slow_queries), age::is_kept(&short.app, window)).await;
    leave?;
    kept
}

/// An operation whose quantiles show slow queries, and the page that does.
struct Slow {
    operation: String,
    page: Page,
}

/// What a quantile is above as long as it shows slow queries, in seconds.
fn slow() -> f64 {
    HOLD.as_secs_f64() * SHOWN
}

/// Makes slow queries, which the quantiles have to show.
async fn slow_queries_show(held: Held<'_>, hold: Duration) -> Outcome<Slow> {
    let before = held.app.scrape().await?;
    let elapsed = held.additions(SLOW_QUERIES, hold).await?;
    let page = held.app.scrape().await?;
    let operation = slowest(&before, &page);
    let in_range = |value: &f64| (slow()..=elapsed * GENEROUS).contains(value);
    let values = quantile_values(&page, &operation);
    if values.len() >= QUANTILES.len() && values.iter().all(in_range) {
        return Ok(Slow { operation, page });
    }
    Failure::change("Let the quantiles show the queries of the last seconds, in seconds.")
        .expected(format!("each quantile of the addition is above {} after {SLOW_QUERIES} additions that took up to {elapsed:.3} seconds", slow()))
        .seen(summary_lines(&page, &operation))
        .mistake("The quantiles are computed from something else than `_sum` and `_count` are, in another unit, or over a window that is already over.")
        .why(WHY)
        .stop()
}

/// The operation that took the most time between two pages.
fn slowest(before: &Page, after: &Page) -> String {
    let operations = after.series(SUM).filter_map(|sample| sample.label("operation"));
    let sum_of = |name: &&str| rise(before, after, SUM, &[("operation", name)]);
    operations.max_by(|a, b| sum_of(a).total_cmp(&sum_of(b))).unwrap_or_default().to_owned()
}

/// Makes quick queries until the slow ones are out of the window.
async fn slow_queries_leave(held: Held<'_>, slow_queries: Slow) -> Outcome {
    let Slow { operation, page: mut before } = slow_queries;
    let deadline = Instant::now() + LEAVING;
    loop {
        held.addition().await?;
        let after = held.app.scrape().await?;
        never_fall(&before, &after, &operation)?;
        // NaN is a window without a query: the slow ones have left it, too.
        if quantile_values(&after, &operation).iter().all(|value| value.is_nan() || *value < slow()) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return still_slow(&after, &operation).stop();
        }
        before = after;
        sleep(QUICK_INTERVAL).await;
    }
}

fn never_fall(before: &Page, after: &Page, operation: &str) -> Outcome {
    let label = [("operation", operation)];
    if rise(before, after, COUNT, &label) >= 0.0 && rise(before, after, SUM, &label) >= 0.0 {
        return Ok(());
    }
    Failure::change("Keep `_sum` and `_count` out of the window: they go on counting from the start of the app.")
        .expected(format!("{SUM} and {COUNT} never fall"))
        .seen(["before:".to_owned()])
        .seen(sum_and_count(before, operation))
        .seen(["after:".to_owned()])
        .seen(sum_and_count(after, operation))
        .mistake("The whole summary is emptied when its window is over. Only the quantiles are about the window.")
        .why("`rate` takes a counter that falls for a restart: the query rate and the mean latency jump each time that the window moves.")
        .stop()
}

fn sum_and_count(page: &Page, operation: &str) -> Vec<String> {
    let label = [("operation", operation)];
    let lines: Vec<_> =
        [SUM, COUNT].iter().flat_map(|name| page.matching(name, &label)).map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { vec![format!("no line with operation=\"{operation}\"")] } else { lines }
}

fn still_slow(page: &Page, operation: &str) -> Failure {
    let seconds = LEAVING.as_secs();
    Failure::change("Compute the quantiles over a sliding window, as long as SUMMARY_WINDOW_SECONDS says.")
        .expected(format!("{seconds} seconds after the last slow query, with SUMMARY_WINDOW_SECONDS={WINDOW_SECONDS}, each quantile is below {}", slow()))
        .seen(summary_lines(page, operation))
        .mistake("These are the quantiles of all time, or the window has a fixed length, whatever the variable says.")
        .why(WHY)
}
