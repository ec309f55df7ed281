//! Requests whose handlers ask the database, and what they move.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use reqwest::Method;
use serde_json::{Value, json};

use super::metric::{COUNT, page_lines};
use crate::exposition::Page;
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App, new_session};

const WHY: &str =
    "When the shop is slow, the first question is: is it the database? What no metric times, nobody can acquit.";

/// A request whose handler asks the database.
pub(super) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    pub(super) status: u16,
}

impl Call {
    pub(super) fn new(method: Method, path: impl Into<String>, body: Option<Value>, status: u16) -> Self {
        Self { method, path: path.into(), body, status }
    }

    pub(super) fn get(path: impl Into<String>, status: u16) -> Self {
        Self::new(Method::GET, path, None, status)
    }

    pub(super) async fn send(&self, app: &App) -> Outcome<Answer> {
        let body = self.body.as_ref().map(Value::to_string);
        app.send(self.method.clone(), &self.path, body).await?.expect_status(self.status)
    }

    /// Ends the check unless the call moved the count of an operation.
    pub(super) fn is_timed(&self, moved: &Moved) -> Outcome {
        if !moved.operations.is_empty() {
            return Ok(());
        }
        Failure::change(format!("Time the call of the store behind `{self}`."))
            .expected(format!("{COUNT} of an operation rises by at least 1 with `{self}`"))
            .seen([format!("{self} -> {}, and no count rose:", self.status)])
            .seen(page_lines(&moved.after, COUNT))
            .mistake("This handler still calls the store directly. Each call of each handler has to be timed.")
            .why(WHY)
            .stop()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

/// What a request did to the summary.
pub(super) struct Moved {
    /// The operations whose count it moved.
    pub(super) operations: BTreeSet<String>,
    pub(super) after: Page,
}

/// Sends a request between two scrapes. A scrape may make timed queries of its own, which are taken away.
pub(super) async fn moved_by(app: &App, call: &Call) -> Outcome<Moved> {
    let first = app.scrape().await?;
    let before = app.scrape().await?;
    call.send(app).await?;
    let after = app.scrape().await?;
    let by_scrape = count_rises(&first, &before);
    let operations = count_rises(&before, &after).into_iter();
    let operations = operations.filter(|(name, rise)| *rise > by_scrape.get(name).copied().unwrap_or_default());
    Ok(Moved { operations: operations.map(|(name, _)| name).collect(), after })
}

/// By how much the count of each operation rose.
fn count_rises(before: &Page, after: &Page) -> BTreeMap<String, f64> {
    let operations = after.series(COUNT).filter_map(|sample| sample.label("operation"));
    operations.map(|name| (name.to_owned(), rise(before, after, COUNT, &[("operation", name)]))).collect()
}

pub(super) fn addition_of(item_id: i64) -> Value {
    json!({ "item_id": item_id, "quantity": 1 })
}

pub(super) fn new_item(sku: &str) -> Value {
    json!({ "sku": sku, "name": "A product for a check", "price_cents": 100, "stock": 5 })
}

pub(super) fn new_sku() -> String {
    new_session().to_uppercase()
}
