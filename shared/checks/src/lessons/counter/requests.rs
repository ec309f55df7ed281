//! `http_requests_total`: each answer once, under its method, its route and its status.

use exposition::{MetricType, Page};
use futures_util::{FutureExt, TryFutureExt, TryStreamExt, stream};
use reqwest::Method;

use super::hang_ups;
use super::names::{REQUESTS, WHY_REQUESTS};
use crate::lessons::lines::rise;
use crate::lessons::moves::{Move, is_one_event, moves, scrape_settled, scrape_until_there};
use crate::lessons::paths::Paths;
use crate::lessons::replicas::{Elsewhere, begins_at_zero};
use crate::lessons::require::{require_family, require_labels};
use crate::lessons::scrapes::{self, SCRAPES};
use crate::lessons::traffic::{self, Kind, Request, Sent};
use crate::lessons::{at_once, late, parts};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, Product};

const LABELS: [&str; 3] = ["method", "path", "status_code"];

pub(super) async fn are_counted(app: &App) -> Outcome {
    let product = app.product().await?;
    let page = scrape_until_there(app, REQUESTS).await?;
    let family = require_family(&page, REQUESTS, MetricType::Counter, WHY_REQUESTS)?;
    require_labels(family, &LABELS, WHY_REQUESTS)?;
    let parts = [one_by_one(app, &product).boxed(), at_once(app).boxed(), of_clients_that_are_gone(app).boxed()];
    parts::on_apps_of_their_own(app, parts).await
}

async fn one_by_one(app: &App, product: &Product) -> Outcome {
    scrapes_do_not_count(app).await?;
    let elsewhere = Elsewhere::before(app).await?;
    let mut requests = traffic::to_every_handler(product);
    requests.extend(traffic::rejected_early());
    requests.extend(traffic::of_standard_methods());
    let counted = each_counts(app, requests).await?;
    paths_of(&counted).differ(REQUESTS)?;
    elsewhere.saw_nothing(REQUESTS).await
}

/// On an app of its own, if there can be one: what is counted of them has to be nothing at all.
async fn of_clients_that_are_gone(app: &App) -> Outcome {
    if app.settings().is_err() {
        return Ok(());
    }
    let another = app.start_another().await?;
    hang_ups::were_answered_with_nothing(&another.app).await
}

/// On an app of its own, which has been asked nothing yet.
async fn at_once(app: &App) -> Outcome {
    let started = at_once::start(app).await?;
    if let Some(restarted) = &started {
        begins_at_zero(&restarted.app, REQUESTS).await?;
    }
    let app = started.as_ref().map_or(app, |started| &started.app);
    at_once::are_counted(app, REQUESTS).await?;
    at_once::scrapes_agree(app, REQUESTS).await?;
    at_once::nobody_waits(app).await?;
    each_status_has_its_own(app).await
}

/// Many statuses, and not only those that the shop answers with by itself.
async fn each_status_has_its_own(app: &App) -> Outcome {
    const CLIENTS: usize = 8;
    let statuses = (200..600).step_by(7);
    let before = app.scrape().await?;
    let requests = statuses.clone().map(|status| Ok(Request::simulated(status)));
    stream::iter(requests).try_for_each_concurrent(CLIENTS, |request| request.send(app).map_ok(drop)).await?;
    let rise = |page: &Page, status: u16| rise(&before, page, REQUESTS, &[("status_code", &status.to_string())]);
    let miscounted = |page: &Page| statuses.clone().find(|status| rise(page, *status) != 1.0);
    let after = scrape_settled(app, |page| miscounted(page).is_none()).await?;
    let Some(status) = miscounted(&after) else { return Ok(()) };
    Failure::change("Give each status its own value of `status_code`.")
        .expected(format!(
            "{REQUESTS} with status_code=\"{status}\" rises by 1 after {}",
            Request::simulated(status).line()
        ))
        .seen([format!("it rose by {}, and of this route there are:", rise(&after, status))])
        .seen(moves(&before, &after, REQUESTS).into_iter().map(|moved| moved.line))
        .mistake("Only some statuses are known by number, as in a list in the code, and the others share a value.")
        .why(WHY_REQUESTS)
        .stop()
}

/// A request, and the series that it moved.
pub(super) struct Counted {
    pub(super) sent: Sent,
    pub(super) moved: Move,
}

/// Under which paths requests were counted.
pub(super) fn paths_of(counted: &[Counted]) -> Paths {
    let mut paths = Paths::default();
    counted.iter().for_each(|Counted { sent, moved }| paths.saw(sent, moved.label("path")));
    paths
}

/// Sends requests one by one, and looks at the page after each.
pub(super) async fn each_counts(app: &App, requests: Vec<Request>) -> Outcome<Vec<Counted>> {
    let (mut counted, mut late) = (Vec::new(), 0);
    let mut before = app.scrape().await?;
    for request in requests {
        let sent = send(app, request).await?;
        let mut after = app.scrape().await?;
        if !is_one_request(&before, &after) {
            late += 1;
            after = scrape_settled(app, |page| is_one_request(&before, page)).await?;
        }
        let moved = counts_once(app, &sent, &before, &after).await?;
        counted.push(Counted { sent, moved });
        before = after;
    }
    // A server may count when the last byte has left, and a busy machine may do so late: but not time and again.
    if late * 2 > counted.len() {
        let seen = format!("of {} pages, each right after an answer, {late} did not show it yet", counted.len());
        return late::comes_late(REQUESTS, [seen]).stop();
    }
    Ok(counted)
}

/// What a path that no route matches is answered with by a middleware that takes something for granted.
async fn send(app: &App, request: Request) -> Outcome<Sent> {
    let (is_unmatched, line) = (request.status == Some(404) && request.kind == Kind::Rejection, request.line());
    let status = request.status;
    let sent = Request { status: None, ..request }.send(app).await?;
    if is_unmatched && sent.answer.status == 500 {
        return Failure::change(format!("Answer `{line}` with 404 again, as before there was a middleware."))
            .expected(format!("404 for {line}, which has no route"))
            .seen(sent.answer.lines())
            .mistake("The middleware takes for granted what only requests with a route have. `MatchedPath` as a parameter of the function is such a thing: without a route, axum answers 500 in its place. Ask for it with `request.extensions().get::<MatchedPath>()`, which may be `None`.")
            .why("A middleware sees every request, those of bots that try paths among them. Each would look like a failure of the shop.")
            .stop();
    }
    let answer = match status {
        Some(status) => sent.answer.expect_status(status)?,
        None => sent.answer,
    };
    Ok(Sent { answer, request: Request { status, ..sent.request } })
}

/// Whether one request was counted between the two pages.
pub(super) fn is_one_request(before: &Page, after: &Page) -> bool {
    is_one_event(&moves(before, after, REQUESTS))
}

/// The one series that this request moved.
pub(super) async fn counts_once(app: &App, sent: &Sent, before: &Page, after: &Page) -> Outcome<Move> {
    let moved = moves(before, after, REQUESTS);
    let judged = is_right(sent, &moved, after);
    if judged.is_err() && may_be_late(sent, &moved) {
        late::is_ruled_out(app, REQUESTS, "/items").await?;
    }
    judged.cloned()
}

fn is_right<'a>(sent: &Sent, moved: &'a [Move], after: &Page) -> Outcome<&'a Move> {
    match moved {
        [] => not_counted(sent, after),
        [only] if only.by == 1.0 => {
            right_method(sent, only)?;
            right_status(sent, only)?;
            Ok(only)
        }
        _ => not_once(sent, moved),
    }
}

/// Whether nothing moved yet, or what an earlier request may have moved.
fn may_be_late(sent: &Sent, moved: &[Move]) -> bool {
    let is_plausible = |moved: &Move| is_standard(moved.label("method")) && is_number(moved.label("status_code"));
    let is_its_own =
        |moved: &Move| moved.label("method") == sent.method() && moved.label("status_code") == sent.status();
    moved.len() != 1 || moved.iter().any(|moved| is_plausible(moved) && !is_its_own(moved))
}

/// Whether it looks like a status.
fn is_number(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn not_counted<T>(sent: &Sent, after: &Page) -> Outcome<T> {
    let mistake = match sent.request.kind {
        _ if after.sum(REQUESTS, &[]) == 0.0 => {
            "The series are there, at 0: their label values are used, and nothing increments them. `inc()` does."
        }
        Kind::Success => {
            "This route is added after the layer, which does not wrap it, or the counter stands in the handlers of other routes."
        }
        Kind::Error => {
            "Successes are counted, and this error is not: the counter stands in a handler, behind a `?`, or in an `if` that looks at the status."
        }
        Kind::Rejection => {
            "The counter sits where only matched and valid requests arrive: in the handlers, or in a `route_layer`, or the fallbacks are added after the layer. Use `layer`, on the whole router, after its routes and fallbacks."
        }
        Kind::StandardMethod => "Only some methods are counted. Each method of HTTP has a label value of its own.",
    };
    failure(sent)
        .seen([sent.line(), format!("... and no line of `{REQUESTS}` moved:")])
        .seen(lines_of_method(sent, after))
        .mistake(mistake)
        .stop()
}

/// What the page has of the same method, as long as that is little.
fn lines_of_method(sent: &Sent, page: &Page) -> Vec<String> {
    const MOST: usize = 6;
    let labels = [("method", sent.method())];
    page.matching(REQUESTS, &labels).map(|sample| sample.line.clone()).take(MOST).collect()
}

fn not_once<T>(sent: &Sent, moved: &[Move]) -> Outcome<T> {
    let mistake = if moved.iter().any(|moved| moved.by < 0.0) {
        "A series has fallen, or is gone: the counter is set back, or made anew. A counter only ever goes up."
    } else if moved.len() > 1 {
        "One request is counted in two series: in two places that label it in two ways."
    } else {
        "The counter is incremented in two places, such as a handler and the middleware, or the middleware was added twice."
    };
    let rises = moved.iter().map(|moved| format!("rose by {}: {}", moved.by, moved.line).replace("by -", "by minus "));
    failure(sent).seen([sent.line()]).seen(rises).mistake(mistake).stop()
}

fn right_method(sent: &Sent, moved: &Move) -> Outcome {
    let (method, found) = (sent.method(), moved.label("method"));
    if found == method || !is_standard(method) {
        return Ok(());
    }
    let mistake = if is_standard(found) {
        "The method is counted as another one."
    } else if found.starts_with('/') || found.starts_with(|first: char| first.is_ascii_digit()) {
        MISTAKE_ORDER
    } else {
        "The method is counted as another one. Each method of HTTP has a label value of its own, in capital letters; only what clients make up shares one, such as `other`."
    };
    wrong_label(sent, moved, "method", method, mistake)
}

fn right_status(sent: &Sent, moved: &Move) -> Outcome {
    let (status, found) = (sent.status(), moved.label("status_code"));
    if found == status {
        return Ok(());
    }
    let mistake = if is_number(found) {
        "The status is written down before the handler has answered, or it is the same for every request."
    } else if found.starts_with(&status) {
        "The status was turned into text with its reason: `to_string()` gives `200 OK`. The label wants the number alone, which `as_str()` gives."
    } else if found.starts_with(&status[..1]) {
        "Only the class of the status is kept. A 404 and a 429 want different answers."
    } else if found.starts_with('/') || is_standard(found) {
        MISTAKE_ORDER
    } else {
        "The label holds something else than the number of the status."
    };
    wrong_label(sent, moved, "status_code", &status, mistake)
}

const MISTAKE_ORDER: &str = "The label values are in another order than the label names. Values go by their position.";

fn wrong_label(sent: &Sent, moved: &Move, label: &str, value: &str, mistake: &str) -> Outcome {
    Failure::change(format!("Label this request with {label}=\"{value}\"."))
        .expected(expected(sent))
        .seen([sent.line(), moved.line.clone()])
        .mistake(mistake)
        .why(WHY_REQUESTS)
        .stop()
}

fn failure(sent: &Sent) -> Failure {
    Failure::change(format!("Count `{}` once, when it is answered.", sent.request.line()))
        .expected(format!("{} rises by 1, and nothing else of it", expected(sent)))
        .why(WHY_REQUESTS)
}

fn expected(sent: &Sent) -> String {
    let (method, path, status) = (sent.method(), sent.request.route.template(), sent.status());
    format!("{REQUESTS}{{method=\"{method}\",path=\"{path}\",status_code=\"{status}\"}}")
}

/// Whether HTTP knows the method.
pub(super) fn is_standard(method: &str) -> bool {
    Method::from_bytes(method.as_bytes()).is_ok_and(|method| shop::standard_method(&method).is_some())
}

async fn scrapes_do_not_count(app: &App) -> Outcome {
    let Some(scrapes::Counted { name, lines }) = scrapes::counted_in(app, &[REQUESTS]).await? else { return Ok(()) };
    Failure::change(format!("Keep the scrapes out of `{name}`."))
        .expected(format!("{SCRAPES} times `GET /metrics` leave `{name}` as it is"))
        .seen(lines)
        .mistake("A layer wraps the routes that stand above it, and `/metrics` is one of them: it is there since lesson 00. Move `.route(\"/metrics\", ...)` below `.layer(...)`, and the layer does not see it.")
        .why("Prometheus asks every few seconds, by day and by night. At night the shop would seem to have customers, and the share of failed requests would look small, whatever customers see.")
        .stop()
}
