//! Queries of a database in trouble: each counts once, with the time for which it was waited.

use std::time::Duration;

use exposition::Page;
use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::Method;

use super::call::{Call, addition_of, moved_by, new_item, new_sku};
use super::hold::SHOWN;
use super::metric::{COUNT, SUM, page_lines};
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, new_session};
use crate::subject::troubled::Troubled;
use crate::trouble::Trouble;

const WHY: &str = "Without the queries that fail, the database looks best when it is at its worst.";
/// How long a query waits for a connection of the pool before it fails.
const ACQUIRE: Duration = Duration::from_millis(300);
/// The same where nobody holds the connection, and a machine that is busy may bring it back late.
const ACQUIRE_AT_LAST: Duration = Duration::from_secs(1);

/// A pool of one connection, for which nobody waits for long.
fn variables(acquire: Duration) -> Vec<(&'static str, String)> {
    vec![("DATABASE_MAX_CONNECTIONS", "1".into()), ("DATABASE_ACQUIRE_TIMEOUT_MS", acquire.as_millis().to_string())]
}

pub(super) async fn is_timed(app: &App) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, variables(ACQUIRE_AT_LAST)).await? else { return Ok(()) };
    for (trouble, status) in [(Trouble::Refusing, 500), (Trouble::Gone, 503)] {
        troubled.restore().await?;
        // What a connection knows of the tables is from before the trouble.
        Call::get("/items", 200).send(troubled.app()).await?;
        troubled.bring_into(trouble).await?;
        let mut calls = calls_of_the_catalogue(status);
        if trouble == Trouble::Gone {
            calls.extend(calls_of_carts(status));
        }
        for (_, call) in calls {
            call.is_timed_in_failure(&moved_by(troubled.app(), &call).await?)?;
        }
    }
    Ok(())
}

/// Calls of the store that need the catalogue, each with its name.
fn calls_of_the_catalogue(status: u16) -> Vec<(&'static str, Call)> {
    let cart = format!("/carts/{}", new_session());
    vec![
        ("list_items", Call::get("/items", status)),
        ("find_item", Call::get("/items/1", status)),
        ("find_cart", Call::get(cart.clone(), status)),
        ("add_to_cart", Call::new(Method::POST, format!("{cart}/items"), Some(addition_of(1)), status)),
        ("insert_item", Call::new(Method::POST, "/items", Some(new_item(&new_sku())), status)),
    ]
}

/// Calls of the store that need a cart alone.
fn calls_of_carts(status: u16) -> Vec<(&'static str, Call)> {
    let cart = format!("/carts/{}", new_session());
    vec![
        ("delete_cart", Call::new(Method::DELETE, cart.clone(), None, status)),
        ("checkout", Call::new(Method::POST, format!("{cart}/checkout"), None, status)),
    ]
}

/// One query holds the only connection, and the others do not get it.
pub(super) async fn wait_in_vain_is_timed(app: &App) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, variables(ACQUIRE)).await? else { return Ok(()) };
    let app = App::at(troubled.app().base_url()).map_err(Stop::not_run)?;
    Call::get("/items/1", 200).send(&app).await?;
    let before = app.scrape().await?;
    troubled.bring_into(Trouble::Stalled).await?;
    let calls = calls_of_the_catalogue(503);
    let mut answers: FuturesUnordered<_> = calls.iter().map(|(_, call)| call.try_send(&app)).collect();
    for _ in 1..calls.len() {
        answers.try_next().await?;
    }
    troubled.restore().await?;
    while answers.try_next().await?.is_some() {}
    let after = app.scrape().await?;
    for (name, call) in &calls {
        counts_once(&before, &after, name, call)?;
    }
    their_wait_counts(&before, &after, calls.len() - 1)
}

fn counts_once(before: &Page, after: &Page, name: &str, call: &Call) -> Outcome {
    let rise = rise(before, after, COUNT, &[("operation", name)]);
    if rise == 1.0 {
        return Ok(());
    }
    Failure::change("Time each query once, also when it does not get a connection.")
        .expected(format!(
            "{COUNT}{{operation=\"{name}\"}} rises by 1 with `{call}`, while the only connection of the pool is in use"
        ))
        .seen([format!("it rose by {rise}:")])
        .seen(page_lines(after, COUNT))
        .mistake("The observation is left out when the pool gives no connection in time, or it stands behind a `?`.")
        .why(WHY)
        .stop()
}

fn their_wait_counts(before: &Page, after: &Page, waiting: usize) -> Outcome {
    let (waited, sum) = (waiting as f64 * ACQUIRE.as_secs_f64(), rise(before, after, SUM, &[]));
    if sum >= waited * SHOWN {
        return Ok(());
    }
    Failure::change("Observe the whole time of a query that fails, the wait included.")
        .expected(format!("{SUM} rises by at least {waited:.2} when {waiting} queries wait in vain for a connection, for {:.2} seconds each", ACQUIRE.as_secs_f64()))
        .seen([format!("the sum rose by {sum}:")])
        .seen(page_lines(after, SUM))
        .mistake("A failure is observed with another number, such as 0, or by a clock that starts when the connection is there.")
        .why(WHY)
        .stop()
}
