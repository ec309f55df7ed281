//! The label `operation` must not grow with what clients ask for.

use std::collections::BTreeSet;

use exposition::{Page, Sample};
use reqwest::Method;
use serde_json::json;

use super::call::{Call, calls_by_operation, moved_by, new_item, new_sku};
use super::metric::{COUNT, QUERIES, samples};
use super::queries::failing_calls;
use crate::lessons::labels::require_series;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, new_session};

const WHY: &str = "Each operation takes a series per quantile, and two more. With an id in it, every visitor makes new ones, and neither Prometheus nor the app ever forgets them.";
/// How many requests of each kind look for a label that grows.
const VARIANTS: i64 = 20;
/// Two new values are no danger: operations that were not used before.
const MAX_NEW_VALUES: usize = 2;

pub(super) async fn are_bounded(app: &App) -> Outcome {
    let mut kinds = vec![
        variants(|_| new_session(), |_, token| Call::get(format!("/carts/{token}"), 404)),
        variants(unknown_item, |_, token| Call::get(format!("/items/{token}"), 404)),
        variants(|_| new_session(), unknown_addition),
    ];
    // The catalogue of a shop that belongs to somebody else stays as it is.
    if app.database().is_ok() {
        kinds.push(variants(|_| new_sku(), |_, token| Call::new(Method::POST, "/items", Some(new_item(token)), 201)));
    }
    for kind in kinds {
        adds_no_series(app, &kind).await?;
    }
    have_their_names(app).await?;
    have_one_series_each(&app.scrape().await?)
}

/// Once each operation was answered in several ways, it still has one set of quantiles.
fn have_one_series_each(page: &Page) -> Outcome {
    let operations: BTreeSet<_> = page.series(COUNT).filter_map(|sample| sample.label("operation")).collect();
    let of = |operation| page.series(COUNT).filter(move |sample| sample.label("operation") == Some(operation));
    let Some(split) = operations.into_iter().find(|operation| of(operation).count() > 1) else { return Ok(()) };
    Failure::change("Give the summary no label that depends on what a query ends in: `operation` alone.")
        .expected(format!("one {COUNT} for operation=\"{split}\""))
        .seen(of(split).map(|sample| sample.line.clone()))
        .mistake("There is a second label, such as the outcome or the kind of error.")
        .why("Quantiles cannot be added up. Split in two, nobody can say any more how long the operation takes.")
        .stop()
}

/// Each query is under the name of its method of the store, and under no other.
async fn have_their_names(app: &App) -> Outcome {
    let product = app.product().await?;
    let calls = calls_by_operation(app, &product).into_iter().chain(failing_calls(app).await?);
    for (name, call) in calls {
        let moved = moved_by(app, &call).await?;
        call.has_its_name(name, &moved)?;
    }
    Ok(())
}

/// A request, and what no label may repeat of it.
struct Sent {
    call: Call,
    token: String,
}

fn variants(token: impl Fn(i64) -> String, call: impl Fn(i64, &str) -> Call) -> Vec<Sent> {
    let sent = |n| {
        let token = token(n);
        Sent { call: call(n, &token), token }
    };
    (1..=VARIANTS).map(sent).collect()
}

/// A number that no item has.
fn unknown_item(n: i64) -> String {
    (7_000_000 + n).to_string()
}

/// Another session and quantity each.
fn unknown_addition(n: i64, session: &str) -> Call {
    let body = json!({ "item_id": 7_000_000 + n, "quantity": n });
    Call::new(Method::POST, format!("/carts/{session}/items"), Some(body), 404)
}

async fn adds_no_series(app: &App, kind: &[Sent]) -> Outcome {
    let before = app.scrape().await?;
    for sent in kind {
        sent.call.send(app).await?;
    }
    let after = app.scrape().await?;
    require_series(&after, QUERIES)?;
    let grown = grown_lines(&before, &after, kind);
    if grown.is_empty() {
        return Ok(());
    }
    let example = kind.first().map(|sent| sent.call.to_string()).unwrap_or_default();
    Failure::change("Name the operation after what the code does, such as `find_item`, not after what was asked for.")
        .expected(format!("{VARIANTS} requests like `{example}` add no `operation`"))
        .seen(grown)
        .mistake("An id, a session, a sku or the text of the SQL statement with its values became the label, or the path as it was sent.")
        .why(WHY)
        .stop()
}

/// The lines with new label values, if there are too many, or one repeats what was sent.
fn grown_lines(before: &Page, after: &Page, kind: &[Sent]) -> Vec<String> {
    let known = label_values(before);
    let new: BTreeSet<_> = label_values(after).difference(&known).cloned().collect();
    let too_many = |name: &str| new.iter().filter(|(label, _)| label == name).count() > MAX_NEW_VALUES;
    let repeats = |value: &str| kind.iter().any(|sent| value.contains(&sent.token));
    let grown: BTreeSet<_> = new.iter().filter(|(name, value)| too_many(name) || repeats(value)).collect();
    let has_grown = |sample: &Sample| grown.iter().any(|(name, value)| sample.label(name) == Some(value));
    after.series(COUNT).filter(|sample| has_grown(sample)).map(|sample| sample.line.clone()).collect()
}

/// All labels of the summary, apart from the quantiles, whose number is fixed.
fn label_values(page: &Page) -> BTreeSet<(String, String)> {
    let labels = samples(page).flat_map(|sample| &sample.labels).filter(|(name, _)| *name != "quantile");
    labels.map(|(name, value)| (name.clone(), value.clone())).collect()
}
