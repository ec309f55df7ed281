//! Every query is timed: the quick, the slow and the failing ones, as long as they take, in seconds.

use std::collections::BTreeSet;

use exposition::Page;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::call::{Call, addition_of, calls_by_operation, moved_by, new_item, new_sku};
use super::durations::{are_not_cut, fit_the_clock, whole_time_in_seconds};
use super::hold::Held;
use super::metric::{COUNT, page_lines};
use super::replica::Replica;
use super::trouble;
use crate::lessons::lines::rise;
use crate::lessons::scrapes::{self, Counted, SCRAPES};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, Product, new_session};

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
    scrapes_are_no_queries(app).await?;
    only_queries_are_timed(app).await?;
    many_are_counted(app, &product).await?;
    match app.database() {
        Ok(database) => {
            let held = Held { app, database, product: &product };
            whole_time_in_seconds(held).await?;
            are_not_cut(app, &product).await
        }
        // An app at a URL has no database that could be held up.
        Err(_) => Ok(()),
    }
}

/// How many queries are made at a time, and how often: more than one would find worth a look by hand.
const AT_ONCE: usize = 50;
const TIMES: usize = 12;

/// Hundreds of queries, many at a time: each is observed.
async fn many_are_counted(app: &App, product: &Product) -> Outcome {
    let call = Call::get(format!("/items/{}", product.id), 200);
    let before = app.scrape().await?;
    for _ in 0..TIMES {
        try_join_all((0..AT_ONCE).map(|_| call.send(app))).await?;
    }
    let after = app.scrape().await?;
    let (made, rise) = ((AT_ONCE * TIMES) as f64, rise(&before, &after, COUNT, &[]));
    // Somebody else may ask an app at a URL.
    if rise == made || (app.database().is_err() && rise > made) {
        return Ok(());
    }
    Failure::change("Observe each query, however many there are.")
        .expected(format!("{COUNT} rises by {made} after {made} queries, {AT_ONCE} at a time"))
        .seen([format!("it rose by {rise}:")])
        .seen(page_lines(&after, COUNT))
        .mistake("Only some of many queries are observed, or two that end at the same time are counted as one.")
        .why("`_count` and `_sum` are counters. The query rate and the mean come from them, and both would be wrong when it matters.")
        .stop()
}

/// What a scrape asks the database is nobody's query.
async fn scrapes_are_no_queries(app: &App) -> Outcome {
    let Some(Counted { name, lines }) = scrapes::counted_in(app, &[COUNT]).await? else { return Ok(()) };
    Failure::change("Leave the queries of the scrape itself out of the summary.")
        .expected(format!("{SCRAPES} scrapes leave `{name}` as it is"))
        .seen(lines)
        .mistake("The scrape asks for products or carts by a call that is timed.")
        .why("Prometheus scrapes every few seconds, by day and by night. In a shop with few visitors, the quantiles would be those of the scrapes.")
        .stop()
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

/// What asks the database nothing: an answer that is quick is no quick query.
async fn only_queries_are_timed(app: &App) -> Outcome {
    let ask_nothing = [
        Call::get("/live", 200),
        Call::get("/simulate", 200),
        Call::get(format!("/{}", new_session()), 404),
        Call::get("/items/none", 400),
        Call::new(Method::PUT, "/items", None, 405),
        Call::new(Method::POST, "/items", Some(json!({ "sku": "" })), 400),
    ];
    for call in ask_nothing {
        let before = app.scrape().await?;
        let answer = call.try_send(app).await?;
        let after = app.scrape().await?;
        let rise = rise(&before, &after, COUNT, &[]);
        // Somebody else may ask an app at a URL.
        if rise == 0.0 || app.database().is_err() {
            continue;
        }
        return Failure::change("Time the calls of the store, and not what is around them.")
            .expected(format!("`{call}`, which asks the database nothing, leaves {COUNT} as it is"))
            .seen([format!("{} -> {}, and the counts rose by {rise}:", answer.request, answer.status)])
            .seen(page_lines(&after, COUNT))
            .mistake("The timer is in a middleware or at the top of a handler: it times requests, those included that are turned away before any query.")
            .why("Requests have their histogram. Quick refusals in the time of queries make the database look faster than it is, and what is not its time makes it look slower.")
            .stop();
    }
    Ok(())
}

pub(super) async fn are_timed_when_they_fail(app: &App) -> Outcome {
    for (_, call) in failing_calls(app).await? {
        call.is_timed_in_failure(&moved_by(app, &call).await?)?;
    }
    trouble::is_timed(app).await
}

/// Calls of the store that end in an error, each with the name of its method.
pub(super) async fn failing_calls(app: &App) -> Outcome<Vec<(&'static str, Call)>> {
    let product = app.product().await?;
    let nobody = format!("/carts/{}", new_session());
    let too_many = json!({ "item_id": product.id, "quantity": product.stock + 1 });
    let calls = [
        ("insert_item", Call::new(Method::POST, "/items", Some(new_item(&product.sku)), 409)),
        ("find_item", Call::get("/items/7000000", 404)),
        ("find_cart", Call::get(nobody.clone(), 404)),
        ("delete_cart", Call::new(Method::DELETE, nobody.clone(), None, 404)),
        ("add_to_cart", Call::new(Method::POST, format!("{nobody}/items"), Some(addition_of(7_000_000)), 404)),
        ("add_to_cart", Call::new(Method::POST, format!("{nobody}/items"), Some(too_many), 409)),
        ("checkout", Call::new(Method::POST, format!("{nobody}/checkout"), None, 404)),
    ];
    Ok(calls.into_iter().chain(sold_out_checkout(app).await?).collect())
}

/// Two carts with all that there is of an item, one of which is ordered. None where the catalogue belongs to somebody else.
async fn sold_out_checkout(app: &App) -> Outcome<Option<(&'static str, Call)>> {
    if app.database().is_err() {
        return Ok(None);
    }
    let item = json!({ "sku": new_sku(), "name": "The last of its kind", "price_cents": 100, "stock": 1 });
    let answer = app.post("/items", &item).await?.expect_status(201)?;
    let item: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let id = item.get("id").and_then(Value::as_i64).unwrap_or_default();
    let checkouts = [new_session(), new_session()].map(|session| (format!("/carts/{session}/checkout"), session));
    for (_, session) in &checkouts {
        app.add_to_cart(session, id, 1).await?.expect_status(200)?;
    }
    let [(first, _), (second, _)] = checkouts;
    app.send(Method::POST, &first, None).await?.expect_status(200)?;
    Ok(Some(("checkout", Call::new(Method::POST, second, None, 409))))
}
