//! Label values must not grow with what clients make up. For every metric of requests.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::App;
use crate::app::new_session;
use crate::check::{Failure, Outcome};
use crate::exposition::Page;
use crate::lessons::family_lines;

const REQUESTS: usize = 50;
/// Two new values are no danger: a route's template, and what stands for the rest.
const MAX_NEW_VALUES: usize = 2;
const WHY: &str = "Each label value is a series of its own, which Prometheus keeps in memory. A shop with a million visitors, or one bot that tries paths, is enough to bring it down.";

/// A kind of request that could give each one a label value of its own.
struct Flood {
    method: fn(&str) -> Method,
    path: fn(&str) -> String,
    change: &'static str,
    mistake: &'static str,
}

const FLOODS: [Flood; 4] = [
    Flood {
        method: |_| Method::GET,
        path: |token| format!("/items/{}", numeric(token)),
        change: "Label the path with the route's template (`/items/{id}`), not with the path as it was sent.",
        mistake: "`request.uri().path()` was taken. axum has the template in the request's extension `MatchedPath`.",
    },
    Flood {
        method: |_| Method::GET,
        path: |token| format!("/{token}"),
        change: "Give all paths that no route matches one label value, such as `unmatched`.",
        mistake: "Where there is no `MatchedPath`, the code falls back to the path as it was sent: the very paths that bots make up.",
    },
    Flood {
        method: |_| Method::GET,
        path: |token| format!("/carts/{token}"),
        change: "Keep session names out of the labels.",
        mistake: "The path as it was sent, or an error's text, which repeats the session, became a label value.",
    },
    Flood {
        method: made_up_method,
        path: |_| "/items".into(),
        change: "Give all methods that HTTP does not know one label value, such as `other`.",
        mistake: "`request.method().as_str()` was taken. HTTP lets a client make up any method.",
    },
];

/// Sends every kind of flood, and looks at the whole page after each.
pub(super) async fn are_bounded(app: &App, metric: &str) -> Outcome {
    for flood in FLOODS {
        let before = app.scrape().await?;
        let tokens: Vec<_> = (0..REQUESTS).map(|_| new_session()).collect();
        for token in &tokens {
            app.send((flood.method)(token), &(flood.path)(token), None).await?;
        }
        let after = app.scrape().await?;
        require_series(&after, metric)?;
        judge(&flood, metric, &before, &after)?;
    }
    Ok(())
}

/// A metric without any series has no label values either; that is no merit.
fn require_series(page: &Page, metric: &str) -> Outcome {
    if page.family(metric).is_some_and(|family| !family.samples.is_empty()) {
        return Ok(());
    }
    Failure::change(format!("Give `{metric}` a series for the requests that were sent."))
        .expected(format!("lines of `{metric}` after {REQUESTS} requests"))
        .seen(family_lines(page, metric))
        .mistake("The metric is not on the page yet: an earlier step adds it.")
        .why(WHY)
        .stop()
}

fn judge(flood: &Flood, metric: &str, before: &Page, after: &Page) -> Outcome {
    let new_lines = new_lines(before, after);
    if new_lines.is_empty() {
        return Ok(());
    }
    let example = format!("{} {}", (flood.method)("..."), (flood.path)("..."));
    Failure::change(flood.change)
        .expected(format!("{REQUESTS} requests like `{example}` add at most {MAX_NEW_VALUES} values to a label of `{metric}`"))
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
    let has_new = |labels: &crate::exposition::Labels| {
        labels.iter().any(|(name, value)| too_many(name) && new.contains(&(name.clone(), value.clone())))
    };
    after.samples().filter(|sample| has_new(&sample.labels)).map(|sample| sample.line.clone()).collect()
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
