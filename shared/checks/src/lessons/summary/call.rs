//! Requests whose handlers ask the database, and what they move.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use exposition::{Page, Sample};
use reqwest::Method;
use serde_json::{Value, json};

use super::metric::{COUNT, page_lines};
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App, Product, new_session};

const WHY: &str =
    "When the shop is slow, the first question is: is it the database? What no metric times, nobody can acquit.";

const WHY_FAILURES: &str = "Queries that fail are often the slow ones: they waited for a lock or ran into a time-out. Without them, the database looks best when it is at its worst.";

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
        self.try_send(app).await?.expect_status(self.status)
    }

    /// As [`Call::send`], with whatever answer comes.
    pub(super) async fn try_send(&self, app: &App) -> Outcome<Answer> {
        app.send(self.method.clone(), &self.path, self.body.as_ref().map(Value::to_string)).await
    }

    /// Ends the check unless what the call moved is the operation of this name, and no other.
    pub(super) fn has_its_name(&self, name: &str, moved: &Moved) -> Outcome {
        let operations = moved.operations();
        if operations.iter().map(String::as_str).eq([name]) {
            return Ok(());
        }
        let is_moved = |sample: &&Sample| sample.label("operation").is_some_and(|name| operations.contains(name));
        Failure::change(format!("Call the operation behind `{self}` `{name}`, as the table of the lesson has it."))
            .expected(format!("{COUNT}{{operation=\"{name}\"}} rises with `{self}` -> {}", self.status))
            .seen(["it was another one that rose:".to_owned()])
            .seen(moved.after.series(COUNT).filter(is_moved).map(|sample| sample.line.clone()))
            .mistake("The name is that of the SQL statement, of the route or of the handler, or it was copied from another handler. Or it depends on how the query ended.")
            .why("Dashboards and alerts of the shop ask for these names. A query under a name of its own is in none of them, and one under the name of another makes that look slow.")
            .stop()
    }

    /// Ends the check unless the call moved the count of one operation, by 1.
    pub(super) fn is_timed_once(&self, moved: &Moved) -> Outcome {
        let total = moved.total();
        if total == 1.0 {
            return Ok(());
        }
        let (change, mistake) = if total == 0.0 {
            (
                format!("Time the call of the store behind `{self}`."),
                "This handler still calls the store directly. Each call of each handler has to be timed.",
            )
        } else {
            (
                format!("Observe the call of the store behind `{self}` exactly once."),
                "The duration is observed in two places, such as a timer that also observes when it is dropped, or in a function that calls another one that is timed.",
            )
        };
        moved.differs(change, self).mistake(mistake).why(WHY).stop()
    }

    /// Ends the check unless the call, which failed, moved the count of one operation, by 1.
    pub(super) fn is_timed_in_failure(&self, moved: &Moved) -> Outcome {
        let total = moved.total();
        if total == 1.0 {
            return Ok(());
        }
        let (change, mistake) = if total == 0.0 {
            (
                format!("Time queries that fail, too, such as the one behind `{self}` -> {}.", self.status),
                "The observation stands behind a `?`, which leaves the function when the query fails. Keep the result, observe, and only then look at it. Or a condition leaves some kinds of errors out.",
            )
        } else {
            (
                format!("Observe a query that fails exactly once, such as the one behind `{self}` -> {}.", self.status),
                "A failure is observed in a place of its own, beside the one for all queries.",
            )
        };
        moved.differs(change, self).mistake(mistake).why(WHY_FAILURES).stop()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

/// What a request did to the summary.
pub(super) struct Moved {
    /// By how much the count of each operation rose that it moved.
    rises: BTreeMap<String, f64>,
    pub(super) after: Page,
}

impl Moved {
    /// The operations whose count it moved.
    pub(super) fn operations(&self) -> BTreeSet<String> {
        self.rises.keys().cloned().collect()
    }

    /// By how much all counts rose.
    pub(super) fn total(&self) -> f64 {
        self.rises.values().sum()
    }

    /// That the counts did not rise by 1, up to the sentence on the mistake.
    pub(super) fn differs(&self, change: impl Into<String>, call: &Call) -> Failure {
        let total = self.total();
        let seen = if total == 0.0 { "no count rose".to_owned() } else { format!("the counts rose by {total} in all") };
        Failure::change(change)
            .expected(format!("{COUNT} of one operation rises by 1 with `{call}` -> {}", call.status))
            .seen([format!("{call} -> {}, and {seen}:", call.status)])
            .seen(page_lines(&self.after, COUNT))
    }
}

/// Sends a request between two scrapes. A scrape may make timed queries of its own, which are taken away.
pub(super) async fn moved_by(app: &App, call: &Call) -> Outcome<Moved> {
    let first = app.scrape().await?;
    let before = app.scrape().await?;
    call.send(app).await?;
    let after = app.scrape().await?;
    let by_scrape = count_rises(&first, &before);
    let rises = count_rises(&before, &after).into_iter();
    let rises = rises.map(|(name, rise)| {
        let rise = rise - by_scrape.get(&name).copied().unwrap_or_default();
        (name, rise)
    });
    Ok(Moved { rises: rises.filter(|(_, rise)| *rise != 0.0).collect(), after })
}

/// By how much the count of each operation rose.
fn count_rises(before: &Page, after: &Page) -> BTreeMap<String, f64> {
    let operations = after.series(COUNT).filter_map(|sample| sample.label("operation"));
    operations.map(|name| (name.to_owned(), rise(before, after, COUNT, &[("operation", name)]))).collect()
}

/// One request for each method of the store, with its name, in an order in which all of them succeed. The names are
/// those of the table in the lesson's README.
pub(super) fn calls_by_operation(app: &App, product: &Product) -> Vec<(&'static str, Call)> {
    let cart = format!("/carts/{}", new_session());
    let addition = || Call::new(Method::POST, format!("{cart}/items"), Some(addition_of(product.id)), 200);
    let mut calls = vec![
        ("list_items", Call::get("/items", 200)),
        ("find_item", Call::get(format!("/items/{}", product.id), 200)),
        ("add_to_cart", addition()),
        ("find_cart", Call::get(cart.clone(), 200)),
        ("delete_cart", Call::new(Method::DELETE, cart.clone(), None, 204)),
        ("add_to_cart", addition()),
        ("checkout", Call::new(Method::POST, format!("{cart}/checkout"), None, 200)),
    ];
    // The catalogue of a shop that belongs to somebody else stays as it is.
    if app.database().is_ok() {
        calls.push(("insert_item", Call::new(Method::POST, "/items", Some(new_item(&new_sku())), 201)));
    }
    calls
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
