//! How long a query stays in the quantiles: for the whole window but its oldest age bucket, and no longer than the window.

use std::time::Duration;

use exposition::Page;
use tokio::time::{Instant, sleep};

use super::call::{Call, new_sku};
use super::metric::{quantile_values, says_nothing, summary_lines};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, new_session};

/// The window has five age buckets, the oldest of which leaves when a new one begins.
const STAYS: f64 = 0.8;
/// The clock of a summary may be some milliseconds late.
const LATE: Duration = Duration::from_millis(20);
/// By when a query has to have left, in windows: one more age bucket is no longer window yet.
const LEAVES: f64 = 1.25;
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// In the course of a window, one query after the other: where it is emptied as a whole, one of them leaves too early.
const QUERIES: u32 = 6;

/// A query that nobody else makes.
struct Made {
    operation: &'static str,
    sent: Instant,
    answered: Instant,
}

/// Makes a query of each operation, in the course of a window, and watches how long each of them is shown.
pub(super) async fn is_kept(app: &App, window: Duration) -> Outcome {
    let mut made: Vec<Made> = Vec::new();
    let mut calls = calls().into_iter();
    let mut next = Instant::now();
    loop {
        if Instant::now() >= next
            && let Some((operation, call)) = calls.next()
        {
            let sent = Instant::now();
            call.send(app).await?;
            made.push(Made { operation, sent, answered: Instant::now() });
            next = sent + window / QUERIES;
        }
        let asked = Instant::now();
        let page = app.scrape().await?;
        let seen = Instant::now();
        for made in &made {
            stays(made, &page, seen, window)?;
            leaves(made, &page, asked, window)?;
        }
        if calls.len() == 0 && made.iter().all(|made| has_left(made, &page)) {
            return Ok(());
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Calls of different operations, in no need of anything that is there.
fn calls() -> Vec<(&'static str, Call)> {
    let nobody = format!("/carts/{}", new_session());
    vec![
        ("list_items", Call::get("/items", 200)),
        ("find_item", Call::get("/items/1", 200)),
        ("find_cart", Call::get(nobody.clone(), 404)),
        ("delete_cart", Call::new(reqwest::Method::DELETE, nobody.clone(), None, 404)),
        ("checkout", Call::new(reqwest::Method::POST, format!("{nobody}/checkout"), None, 404)),
        ("insert_item", Call::new(reqwest::Method::POST, "/items", Some(super::call::new_item(&new_sku())), 201)),
    ]
}

fn has_left(made: &Made, page: &Page) -> bool {
    quantile_values(page, made.operation).into_iter().all(says_nothing)
}

/// What is gone from a page that was there so early has left too early, however slow the machine is.
fn stays(made: &Made, page: &Page, seen: Instant, window: Duration) -> Outcome {
    let age = seen - made.sent;
    if !has_left(made, page) || age + LATE >= window.mul_f64(STAYS) {
        return Ok(());
    }
    Failure::change("Let the window slide in five steps, and not be emptied as a whole.")
        .expected(format!(
            "the quantiles of a query are numbers for at least {:.1} seconds, in a window of {:.1}",
            window.as_secs_f64() * STAYS,
            window.as_secs_f64()
        ))
        .seen(["an operation with one query, whose four quantiles were NaN again before that"])
        .mistake("The window has too few age buckets: five are the default of `SummaryOpts`. Or all observations are thrown away when a timer says so.")
        .why("After each step of a coarse window, the quantiles are made of a handful of queries, or of none: they jump, and so does every alert on them.")
        .stop()
}

/// What is on a page that was asked for so late has not left in time, however slow the machine is.
fn leaves(made: &Made, page: &Page, asked: Instant, window: Duration) -> Outcome {
    if has_left(made, page) || asked <= made.answered + window.mul_f64(LEAVES) + LATE {
        return Ok(());
    }
    Failure::change("Let each query leave the quantiles when the window is over, as long as SUMMARY_WINDOW_SECONDS says.")
        .expected(format!("the quantiles of an operation are NaN {0:.1} seconds after its last query, in a window of {0:.1}", window.as_secs_f64()))
        .seen([format!("a quarter of the window after that, the one query of `{}` was still there:", made.operation)])
        .seen(summary_lines(page, made.operation))
        .mistake("The window is longer than the variable says: a multiple of it, a length of its own, or as long as the quantiles of all time.")
        .why("Whoever reads \"the last ten minutes\" looks for the incident of now, and sees that of an hour ago.")
        .stop()
}
