//! Every query is timed: the quick, the slow and the failing ones, as long as they take, in seconds.

use std::collections::BTreeSet;

use reqwest::Method;
use tokio::time::Instant;

use super::call::{Call, addition_of, calls_by_operation, moved_by, new_item};
use super::durations::{fit_the_clock, whole_time_in_seconds};
use super::hold::Held;
use super::metric::{COUNT, page_lines};
use super::replica::Replica;
use super::trouble;
use crate::exposition::Page;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, new_session};

pub(super) async fn are_all_timed(app: &App) -> Outcome {
    let product = app.product().await?;
    let before = app.scrape().await?;
    let replica = Replica::of(app).await?;
    let mut queries = 0.0;
    let started = Instant::now();
    let mut operations = BTreeSet::new();
    let mut after = before.clone();
    for (_, call) in calls_by_operation(app, &product) {
        let moved = moved_by(app, &call).await?;
        call.is_timed_once(&moved)?;
        operations.extend(moved.operations());
        queries += moved.total();
        after = moved.after;
    }
    operations_differ(&operations, &after)?;
    fit_the_clock(app, &before, &after, started.elapsed())?;
    if let Some(replica) = replica {
        replica.has_none(queries).await?;
    }
    match app.database() {
        Ok(database) => {
            let held = Held { app, database, product: &product };
            whole_time_in_seconds(held).await
        }
        // An app at a URL has no database that could be held up.
        Err(_) => Ok(()),
    }
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
        call.is_timed_in_failure(&moved)?;
    }
    trouble::is_timed(app).await
}
