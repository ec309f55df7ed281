//! Label values must not grow with what clients make up. For every metric of requests.

use std::collections::BTreeSet;

use exposition::{Page, Sample};
use futures_util::{TryStreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};

use super::lines::family_lines;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, Product, new_session};

const REQUESTS: usize = 20;
/// How many clients send them.
const CLIENTS: usize = 4;
/// Two new values are no danger: a route's template, and what stands for the rest.
const MAX_NEW_VALUES: usize = 2;
const WHY: &str = "Each label value is a series of its own, which Prometheus keeps in memory. A shop with a million visitors, or one bot that tries paths, is enough to bring it down.";

/// A kind of request that could give each one a label value of its own.
struct Flood {
    requests: fn(&Product, &str) -> Vec<Request>,
    change: &'static str,
    mistake: &'static str,
}

/// A request with something that its client has made up.
#[derive(Default)]
struct Request {
    method: Method,
    path: String,
    body: Option<Value>,
    user_agent: Option<String>,
}

const FLOODS: [Flood; 7] = [
    Flood {
        requests: |_, token| vec![Request::get(format!("/items/{}", numeric(token)))],
        change: "Label the path with the route's template (`/items/{id}`), not with the path as it was sent.",
        mistake: "`request.uri().path()` was taken. axum has the template in the request's extension `MatchedPath`.",
    },
    Flood {
        requests: |_, token| vec![Request::get(format!("/items?page={token}"))],
        change: "Leave what follows the question mark out of the labels.",
        mistake: "`request.uri()` was taken as a whole, or the query was added to the path.",
    },
    Flood {
        requests: |_, token| vec![Request::get(format!("/{token}"))],
        change: "Give all paths that no route matches one label value, such as `unmatched`.",
        mistake: "Where there is no `MatchedPath`, the code falls back to the path as it was sent: the very paths that bots make up.",
    },
    Flood {
        requests: |_, token| vec![Request::get(format!("/carts/{token}"))],
        change: "Keep session names out of the labels.",
        mistake: "The path as it was sent, or an error's text, which repeats the session, became a label value.",
    },
    Flood {
        requests: add_and_delete,
        change: "Keep session names out of the labels.",
        mistake: "The session became a label of the additions or of the carts. How many each visitor adds is a question for the database.",
    },
    Flood {
        requests: |_, token| {
            vec![Request { method: made_up_method(token), path: "/items".into(), ..Request::default() }]
        },
        change: "Give all methods that HTTP does not know one label value, such as `other`.",
        mistake: "`request.method().as_str()` was taken. HTTP lets a client make up any method.",
    },
    Flood {
        requests: |_, token| vec![Request { user_agent: Some(token.into()), ..Request::get("/items".into()) }],
        change: "Keep what clients say of themselves out of the labels.",
        mistake: "A header of the request, such as `user-agent`, became a label value. Clients can write anything there.",
    },
];

fn add_and_delete(product: &Product, token: &str) -> Vec<Request> {
    let addition = json!({ "item_id": product.id, "quantity": 1 });
    vec![
        Request {
            method: Method::POST,
            path: format!("/carts/{token}/items"),
            body: Some(addition),
            ..Request::default()
        },
        Request { method: Method::DELETE, path: format!("/carts/{token}"), ..Request::default() },
    ]
}

impl Request {
    fn get(path: String) -> Self {
        Self { path, ..Self::default() }
    }

    async fn send(self, app: &App) -> Outcome {
        let body = self.body.map(|body| body.to_string());
        app.send_as(self.user_agent.as_deref(), self.method, &self.path, body).await.map(drop)
    }
}

async fn send_all(app: &App, requests: Vec<Request>) -> Outcome {
    for request in requests {
        request.send(app).await?;
    }
    Ok(())
}

/// Sends every kind of flood, and looks at the whole page after each.
pub(super) async fn are_bounded(app: &App, metric: &str) -> Outcome {
    let product = app.product().await?;
    for flood in FLOODS {
        let before = app.scrape().await?;
        let floods = stream::iter((0..REQUESTS).map(|_| Ok((flood.requests)(&product, &new_session()))));
        floods.try_for_each_concurrent(CLIENTS, |requests| send_all(app, requests)).await?;
        let after = app.scrape().await?;
        require_series(&after, metric)?;
        judge(&flood, &product, metric, &before, &after)?;
    }
    Ok(())
}

/// A metric without any series has no label values either; that is no merit.
pub(super) fn require_series(page: &Page, metric: &str) -> Outcome {
    if page.family(metric).is_some_and(|family| !family.samples.is_empty()) {
        return Ok(());
    }
    Failure::change(format!("Give `{metric}` a series for the requests that were sent."))
        .expected(format!("lines of `{metric}` after these requests"))
        .seen(family_lines(page, metric))
        .mistake("The metric is not on the page yet: an earlier step adds it.")
        .why(WHY)
        .stop()
}

fn judge(flood: &Flood, product: &Product, metric: &str, before: &Page, after: &Page) -> Outcome {
    let new_lines = new_lines(before, after);
    if new_lines.is_empty() {
        return Ok(());
    }
    let examples = (flood.requests)(product, "...").into_iter();
    let examples = examples.map(|request| format!("`{} {}`", request.method, request.path)).collect::<Vec<_>>();
    Failure::change(flood.change)
        .expected(format!(
            "{REQUESTS} requests like {} add at most {MAX_NEW_VALUES} values to a label of `{metric}`",
            examples.join(" and ")
        ))
        .seen(new_lines)
        .mistake(flood.mistake)
        .why(WHY)
        .stop()
}

/// The lines whose label values are new, where one label got too many of them.
fn new_lines(before: &Page, after: &Page) -> Vec<String> {
    let known = label_values(before);
    let new: BTreeSet<_> = label_values(after).difference(&known).cloned().collect();
    let too_many = |label: &str| new.iter().filter(|(name, _)| name == label).count() > MAX_NEW_VALUES;
    let has_new = |labels: &exposition::Labels| {
        labels.iter().any(|(name, value)| too_many(name) && new.contains(&(name.clone(), value.clone())))
    };
    let new = after.samples().filter(|sample| is_counted(sample) && has_new(&sample.labels));
    new.map(|sample| sample.line.clone()).collect()
}

/// Of all samples with the same labels, the one that counts: a histogram has a dozen for each set of them.
fn is_counted(sample: &Sample) -> bool {
    !sample.name.ends_with("_sum") && sample.label("le").is_none() && sample.label("quantile").is_none()
}

/// All pairs of a label's name and value, over all metrics: a session must not hide in any.
fn label_values(page: &Page) -> BTreeSet<(String, String)> {
    let labels = page.samples().flat_map(|sample| &sample.labels);
    // The bounds of a histogram and of a summary are chosen in the code.
    let labels = labels.filter(|(name, _)| !matches!(name.as_str(), "le" | "quantile"));
    labels.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A number of its own for each token, far from the ids that exist.
fn numeric(token: &str) -> u64 {
    const FIRST: u64 = 7_000_000;
    let count = token.rsplit('-').next().and_then(|count| count.parse::<u64>().ok());
    FIRST + count.unwrap_or_default()
}

fn made_up_method(token: &str) -> Method {
    Method::from_bytes(format!("BREW{}", numeric(token)).as_bytes()).unwrap_or(Method::GET)
}
