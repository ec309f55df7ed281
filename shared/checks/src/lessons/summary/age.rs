//! How long a query stays in the quantiles: for the whole window but its oldest age bucket, and no longer than the window.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::call::{Call, new_sku};
use super::metric::quantile_values;
use crate::exposition::Page;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, new_session};

/// The window has five age buckets, the oldest of which leaves when a new one begins.
const STAYS: f64 = 0.8;
/// The clock of a summary may be some milliseconds late.
const LATE: Duration = Duration::from_millis(20);
/// How long is waited for the last of the queries to leave, in windows.
const LEAVES: u32 = 2;
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// In the course of a window, one query after the other: where it is emptied as a whole, one of them leaves too early.
const QUERIES: u32 = 6;

/// A query that nobody else makes.
struct Made {
    operation: &'static str,
    sent: Instant,
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
            made.push(Made { operation, sent });
            next = sent + window / QUERIES;
        }
        let page = app.scrape().await?;
        let seen = Instant::now();
        for made in &made {
            stays(made, &page, seen, window)?;
        }
        let all_have_left = made.iter().all(|made| has_left(made, &page));
        let is_over = made.last().is_some_and(|last| seen > last.sent + window * LEAVES);
        if calls.len() == 0 && (all_have_left || is_over) {
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
    quantile_values(page, made.operation).iter().all(|value| value.is_nan())
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
