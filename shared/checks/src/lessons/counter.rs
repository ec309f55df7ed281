//! Lesson 01: what is popular, what fails?

use std::collections::BTreeMap;

use futures_util::FutureExt;
use reqwest::Method;
use serde_json::json;

use super::lines::{family_lines, moved_lines, rise};
use super::require::{require_family, require_labels};
use super::scrapes::{self, Counted, SCRAPES};
use super::{clean_page, labels};
use crate::check::{Check, Run};
use crate::exposition::{MetricType, Page};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App, Product, new_session};

const LESSON: &str = "01-counter";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "cart-additions", run: Run::Shop(|app| cart_additions(app).boxed()) },
    Check { lesson: LESSON, name: "products-at-zero", run: Run::Shop(|app| products_at_zero(app).boxed()) },
    Check { lesson: LESSON, name: "requests", run: Run::Shop(|app| requests(app).boxed()) },
    Check { lesson: LESSON, name: "bounded-labels", run: Run::Shop(|app| labels::are_bounded(app, REQUESTS).boxed()) },
    Check { lesson: LESSON, name: "exceptions", run: Run::Shop(|app| exceptions(app).boxed()) },
    Check { lesson: LESSON, name: "panics", run: Run::Shop(|app| panics(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

const ADDITIONS: &str = "cart_additions_total";
const REQUESTS: &str = "http_requests_total";
const EXCEPTIONS: &str = "http_exceptions_total";

const WHY_ADDITIONS: &str = "TechCommerce buys stock by what this counter says is popular.";
const WHY_REQUESTS: &str = "The share of failed requests is the first number that anybody asks for in an incident, and the base of every alert.";
const WHY_EXCEPTIONS: &str =
    "An alert on server errors wakes somebody up. It must fire for the shop's own faults, and for nothing else.";

async fn cart_additions(app: &App) -> Outcome {
    let product = app.product().await?;
    let session = new_session();
    let before = app.scrape().await?;
    app.add_to_cart(&session, product.id, 3).await?.expect_status(200)?;
    let after = app.scrape().await?;
    let family = require_family(&after, ADDITIONS, MetricType::Counter, WHY_ADDITIONS)?;
    require_labels(family, &["product"], WHY_ADDITIONS)?;
    one_addition_counts_once(&product, &before, &after)?;
    failed_additions_do_not_count(app, &product).await?;
    emptying_the_cart_takes_nothing_back(app, &session).await?;
    ordering_counts_nothing(app, &product).await
}

fn one_addition_counts_once(product: &Product, before: &Page, after: &Page) -> Outcome {
    let label = [("product", product.sku.as_str())];
    let rise = rise(before, after, ADDITIONS, &label);
    if rise == 1.0 {
        return Ok(());
    }
    let (change, mistake) = match rise {
        3.0 => (
            "Count each addition once, whatever its quantity.",
            "The counter goes up by the quantity. That counts pieces, not additions.",
        ),
        0.0 => (
            "Count the addition, under the item's sku.",
            "Nothing increments the counter when an item is added, a scrape sets it back to 0, or the label holds the item's id or name instead of its sku.",
        ),
        _ => ("Count each addition exactly once.", "The counter is incremented in more than one place."),
    };
    Failure::change(change)
        .expected(format!("{ADDITIONS}{{product=\"{}\"}} rises by 1 after one addition of 3 pieces", product.sku))
        .seen(family_lines(after, ADDITIONS))
        .mistake(mistake)
        .why(WHY_ADDITIONS)
        .stop()
}

async fn failed_additions_do_not_count(app: &App, product: &Product) -> Outcome {
    let before = app.scrape().await?;
    let session = new_session();
    let unknown_item = app.add_to_cart(&session, i64::from(u32::MAX), 1).await?.expect_status(404)?;
    let invalid_quantity = app.add_to_cart(&session, product.id, 0).await?.expect_status(422)?;
    let out_of_stock = exhaust(app, product).await?;
    let after = app.scrape().await?;
    if rise(&before, &after, ADDITIONS, &[]) == out_of_stock.accepted as f64 {
        return Ok(());
    }
    Failure::change("Count an addition only once the store has accepted it.")
        .expected(format!("additions that end in 404, 409 or 422 leave {ADDITIONS} as it is"))
        .seen([unknown_item, invalid_quantity, out_of_stock.refused].iter().map(|answer| format!("{} -> {}", answer.request, answer.status)))
        .seen(moved_lines(&before, &after, ADDITIONS))
        .mistake("The counter is incremented at the top of the handler, or before the `?` that ends it.")
        .why("Additions that were refused look like sales. The best-selling product would be the one that is always out of stock.")
        .stop()
}

/// What it took to find a cart full.
struct Exhausted {
    accepted: usize,
    refused: Answer,
}

/// Adds an item until there is not enough of it. Additions are bounded, so that this may take several.
async fn exhaust(app: &App, product: &Product) -> Outcome<Exhausted> {
    const MOST_PER_ADDITION: i64 = 1_000;
    const MOST_ADDITIONS: usize = 101;
    let session = new_session();
    let quantity = (product.stock + 1).min(MOST_PER_ADDITION);
    for accepted in 0..MOST_ADDITIONS {
        let answer = app.add_to_cart(&session, product.id, quantity).await?;
        if answer.status != 200 {
            let refused = answer.expect_status(409)?;
            return Ok(Exhausted { accepted, refused });
        }
    }
    Err(Stop::NotRun(format!("the shop never runs out of {}", product.sku)))
}

async fn emptying_the_cart_takes_nothing_back(app: &App, session: &str) -> Outcome {
    let before = app.scrape().await?;
    app.delete(&format!("/carts/{session}")).await?.expect_status(204)?;
    let after = app.scrape().await?;
    if rise(&before, &after, ADDITIONS, &[]) >= 0.0 {
        return Ok(());
    }
    Failure::change("Never take anything away from a counter.")
        .expected(format!("{ADDITIONS} stays as it is when a cart is emptied"))
        .seen(["before:".to_owned()])
        .seen(moved_lines(&after, &before, ADDITIONS))
        .seen(["after:".to_owned()])
        .seen(moved_lines(&before, &after, ADDITIONS))
        .mistake("The counter is set back with the cart, as if it were the number of items in carts. That is a state, and wants a gauge.")
        .why("Prometheus takes a counter that falls for a restart, and adds all of its value to the rate again: one emptied cart looks like a rush of sales.")
        .stop()
}

async fn ordering_counts_nothing(app: &App, product: &Product) -> Outcome {
    let session = new_session();
    app.add_to_cart(&session, product.id, 1).await?.expect_status(200)?;
    let before = app.scrape().await?;
    app.get(&format!("/carts/{session}")).await?.expect_status(200)?;
    app.post(&format!("/carts/{session}/checkout"), &json!({})).await?.expect_status(200)?;
    let after = app.scrape().await?;
    if rise(&before, &after, ADDITIONS, &[]) == 0.0 {
        return Ok(());
    }
    Failure::change("Count an addition when it is made, and not again when the cart is ordered.")
        .expected(format!("{ADDITIONS} stays as it is when a cart is looked at and ordered"))
        .seen(moved_lines(&before, &after, ADDITIONS))
        .mistake("The counter is incremented in the handler of the checkout, too, or in one that only shows the cart.")
        .why(WHY_ADDITIONS)
        .stop()
}

async fn products_at_zero(app: &App) -> Outcome {
    // A product that no list in the code can know. The catalogue of a shop that belongs to somebody else stays as it is.
    if app.settings().is_err() {
        return has_each_product(app).await;
    }
    create_product(app).await?;
    has_each_product(app).await?;
    has_each_product(&app.start_another().await?.app).await
}

async fn has_each_product(app: &App) -> Outcome {
    let products = app.products().await?;
    let missing =
        |page: &Page, product: &Product| page.matching(ADDITIONS, &[("product", &product.sku)]).next().is_none();
    let page = app.scrape_until(|page| !products.iter().any(|product| missing(page, product))).await?;
    let Some(product) = products.iter().find(|product| missing(&page, product)) else { return Ok(()) };
    Failure::change("Give every product of the catalogue its series, at 0, before anybody adds it to a cart.")
        .expected(format!("{ADDITIONS}{{product=\"{}\"}} 0", product.sku))
        .seen(family_lines(&page, ADDITIONS))
        .mistake("A counter with labels has no line until its label values are used for the first time, here: until the first addition. A list of products in the code, or one that is read when the app starts, misses those that are added later.")
        .why("A series that begins at 1 has not risen, as Prometheus sees it: `rate` and `increase` miss the first addition. And a product that nobody wants is missing from the table, where it should be the last line.")
        .stop()
}

async fn create_product(app: &App) -> Outcome<Answer> {
    let sku = new_session().to_uppercase();
    let item = json!({ "sku": sku, "name": "A product from yesterday", "price_cents": 100, "stock": 5 });
    app.post("/items", &item).await?.expect_status(201)
}

async fn requests(app: &App) -> Outcome {
    let product = app.product().await?;
    let before = Before::take(app).await?;
    let answers = known_outcomes(app, &product).await?;
    let after = app.scrape().await?;
    let family = require_family(&after, REQUESTS, MetricType::Counter, WHY_REQUESTS)?;
    require_labels(family, &["method", "path", "status_code"], WHY_REQUESTS)?;
    every_answer_counts(&before, &after, &answers, MISTAKE_OUTCOMES)?;
    routes_differ(&after)?;

    let before = Before::take(app).await?;
    let answers = early_rejections(app).await?;
    let after = app.scrape().await?;
    every_answer_counts(&before, &after, &answers, MISTAKE_REJECTIONS)?;

    let before = Before::take(app).await?;
    let answers = standard_methods(app).await?;
    let after = app.scrape().await?;
    every_answer_counts(&before, &after, &answers, MISTAKE_METHODS)?;
    scrapes_do_not_count(app).await
}

async fn scrapes_do_not_count(app: &App) -> Outcome {
    let Some(Counted { name, lines }) = scrapes::counted_in(app, &[REQUESTS]).await? else { return Ok(()) };
    Failure::change(format!("Keep the scrapes out of `{name}`."))
        .expected(format!("{SCRAPES} times `GET /metrics` leave `{name}` as it is"))
        .seen(lines)
        .mistake("A layer wraps the routes that stand above it, and `/metrics` is one of them: it is there since lesson 00. Move `.route(\"/metrics\", ...)` below `.layer(...)`, and the layer does not see it.")
        .why("Prometheus asks every few seconds, by day and by night. At night the shop would seem to have customers, and the share of failed requests would look small, whatever customers see.")
        .stop()
}

/// Two pages in a row, for an app that counts its own scrapes: that has an explanation of its own.
struct Before {
    first: Page,
    page: Page,
}

impl Before {
    async fn take(app: &App) -> Outcome<Self> {
        Ok(Self { first: app.scrape().await?, page: app.scrape().await? })
    }

    /// By how much the requests with these labels rose since then, without the scrape itself.
    fn rise(&self, after: &Page, labels: &[(&str, &str)]) -> f64 {
        rise(&self.page, after, REQUESTS, labels) - rise(&self.first, &self.page, REQUESTS, labels)
    }
}

const MISTAKE_TWICE: &str = "The counter is incremented in two places, such as a handler and the middleware, or the middleware was added twice.";
const MISTAKE_STATUS: &str = "All requests are counted, but under another status: it is written down before the handler has answered, or only its class (`4xx`) is kept.";
const MISTAKE_OUTCOMES: &str = "Only successes are counted (the counter stands in a handler, or behind a `?`), some routes are added after the layer, which does not wrap them, or the label values are in another order than the label names.";
const MISTAKE_REJECTIONS: &str = "The counter sits where only matched and valid requests arrive: in the handlers, or in a `route_layer`. Use `layer`, on the whole router, after its routes and fallbacks.";

const MISTAKE_METHODS: &str = "The method is counted as another one. Each method of HTTP has a label value of its own; only what clients make up shares one, such as `other`.";

/// What handlers answer: a success, and errors of every kind.
async fn known_outcomes(app: &App, product: &Product) -> Outcome<Vec<Answer>> {
    let session = new_session();
    Ok(vec![
        app.get("/items").await?.expect_status(200)?,
        app.get(&format!("/items/{}", product.id)).await?.expect_status(200)?,
        app.get("/items/7000000").await?.expect_status(404)?,
        app.add_to_cart(&session, product.id, 1).await?.expect_status(200)?,
        app.add_to_cart(&session, product.id, 0).await?.expect_status(422)?,
        app.post(&format!("/carts/{}/checkout", new_session()), &json!({})).await?.expect_status(404)?,
        app.get("/simulate?status=500").await?.expect_status(500)?,
        app.get("/simulate?status=409").await?.expect_status(409)?,
    ])
}

/// What is answered before a handler runs.
async fn early_rejections(app: &App) -> Outcome<Vec<Answer>> {
    let broken_json = Some("{ \"sku\": ".into());
    Ok(vec![
        app.send(Method::POST, "/items", broken_json).await?,
        app.send(Method::PUT, "/items", None).await?.expect_status(405)?,
        app.get(&format!("/{}", new_session())).await?.expect_status(404)?,
    ])
}

/// The methods of HTTP that the shop has no use for, but other clients have. Not CONNECT, which is for proxies.
async fn standard_methods(app: &App) -> Outcome<Vec<Answer>> {
    let mut answers = Vec::new();
    for method in [Method::HEAD, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE] {
        answers.push(app.send(method, "/items", None).await?);
    }
    Ok(answers)
}

fn every_answer_counts(before: &Before, after: &Page, answers: &[Answer], mistake: &str) -> Outcome {
    for ((method, status), count) in tally(answers) {
        let rise = before.rise(after, &[("method", method), ("status_code", &status)]);
        if rise != count as f64 {
            let of_method = answers.iter().filter(|answer| answer.method() == method);
            let missing = of_method.clone().count() as f64 - before.rise(after, &[("method", method)]);
            let mistake = if missing > 0.0 {
                mistake
            } else if missing < 0.0 {
                MISTAKE_TWICE
            } else {
                MISTAKE_STATUS
            };
            return Failure::change(format!("Count {method} requests that end in {status}, each exactly once."))
                .expected(format!("{REQUESTS}{{method=\"{method}\",status_code=\"{status}\"}} rises by {count} in all"))
                .seen(
                    of_method
                        .filter(|answer| answer.status.to_string() == status)
                        .map(|answer| format!("{} -> {}", answer.request, answer.status)),
                )
                .seen([format!("... and the sum of these series rose by {rise}:")])
                .seen(lines_with(after, REQUESTS, &[("method", method)]))
                .mistake(mistake)
                .why(WHY_REQUESTS)
                .stop();
        }
    }
    Ok(())
}

/// The lines with these labels, or all lines of the family, where none has them.
fn lines_with(page: &Page, name: &str, labels: &[(&str, &str)]) -> Vec<String> {
    let lines: Vec<_> = page.matching(name, labels).map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { family_lines(page, name) } else { lines }
}

/// How many answers there are for each method and status.
fn tally(answers: &[Answer]) -> BTreeMap<(&str, String), usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry((answer.method(), answer.status.to_string())).or_default() += 1;
    }
    counts
}

/// The label `path` has to tell one route from another.
fn routes_differ(page: &Page) -> Outcome {
    let mut paths: Vec<_> =
        page.matching(REQUESTS, &[("method", "GET")]).filter_map(|sample| sample.label("path")).collect();
    paths.sort_unstable();
    paths.dedup();
    if paths.len() > 1 {
        return Ok(());
    }
    Failure::change("Put the route's template into the label `path`.")
        .expected("a `path` of its own for each route: `/items`, `/items/{id}`, ...")
        .seen(family_lines(page, REQUESTS))
        .mistake("The label holds a constant, or the middleware runs where axum does not know the route yet.")
        .why("A shop whose checkout fails, while its start page works, looks fine in the sum of all routes.")
        .stop()
}

async fn exceptions(app: &App) -> Outcome {
    let before = app.scrape().await?;
    for status in [500, 503] {
        app.get(&format!("/simulate?status={status}")).await?.expect_status(status)?;
    }
    let after = app.scrape().await?;
    let family = require_family(&after, EXCEPTIONS, MetricType::Counter, WHY_EXCEPTIONS)?;
    require_labels(family, &["method", "path", "exception_type"], WHY_EXCEPTIONS)?;
    let rise = rise(&before, &after, EXCEPTIONS, &[]);
    if rise != 2.0 {
        return Failure::change("Count each request that ends in 5xx once, as an exception.")
            .expected(format!("{EXCEPTIONS} rises by 2 after a 500 and a 503"))
            .seen(family_lines(&after, EXCEPTIONS))
            .mistake(if rise > 2.0 {
                "The same error is counted in two places."
            } else {
                "Only one kind of error is counted, such as the status 500 alone."
            })
            .why(WHY_EXCEPTIONS)
            .stop();
    }
    client_errors_are_no_exceptions(app).await
}

async fn client_errors_are_no_exceptions(app: &App) -> Outcome {
    let before = app.scrape().await?;
    app.get("/items/7000000").await?.expect_status(404)?;
    app.get("/simulate?status=422").await?.expect_status(422)?;
    app.get(&format!("/{}", new_session())).await?.expect_status(404)?;
    let after = app.scrape().await?;
    if rise(&before, &after, EXCEPTIONS, &[]) == 0.0 {
        return Ok(());
    }
    Failure::change("Leave client errors out of the exceptions.")
        .expected(format!("{EXCEPTIONS} stays as it is after two 404 and a 422"))
        .seen(moved_lines(&before, &after, EXCEPTIONS))
        .mistake("Every error is counted, or even every request. A 404 or a 422 is the client's mistake, and an answer like any other.")
        .why(WHY_EXCEPTIONS)
        .stop()
}

async fn panics(app: &App) -> Outcome {
    let before = app.scrape().await?;
    let answer = panic_is_answered(app).await?;
    let after = app.scrape().await?;
    for (name, labels, mistake) in
        [(REQUESTS, &[("status_code", "500")] as &[_], MISTAKE_OUTSIDE), (EXCEPTIONS, &[], MISTAKE_UNMARKED)]
    {
        if rise(&before, &after, name, labels) != 1.0 {
            return Failure::change(format!("Count a request whose handler panics in `{name}`, once."))
                .expected(format!("`{name}` rises by 1 when a handler panics"))
                .seen([format!("{} -> {}", answer.request, answer.status)])
                .seen(lines_with(&after, name, labels))
                .mistake(mistake)
                .why("Panics are the worst errors of all. They are the last that should be missing.")
                .stop();
        }
    }
    Ok(())
}

const MISTAKE_OUTSIDE: &str = "The panic is caught outside of the middleware that counts. It has to be caught inside, so that the middleware sees the 500.";
const MISTAKE_UNMARKED: &str = "The request is counted, but what is answered for the panic does not say what made it. In the shop, the response of `Error::Panic` does.";

async fn panic_is_answered(app: &App) -> Outcome<Answer> {
    let path = "/simulate?panic=true";
    let (seen, mistake) = match app.try_send(Method::GET, path, None).await {
        Ok(answer) if answer.status == 500 => return Ok(answer),
        Ok(answer) => (answer.lines(), "The panic is caught, but answered as if something else had happened."),
        Err(error) => (
            vec![format!("GET {path} -> {error}")],
            "Nothing catches the panic. It ends the task of that connection, and the client gets no answer.",
        ),
    };
    Failure::change("Answer a request whose handler panics with status 500.")
        .expected(format!("GET {path} -> 500"))
        .seen(seen)
        .mistake(mistake)
        .why("A panic that is no 500 is in no counter: the worst errors are the ones that nobody sees. And where a connection is dropped, a proxy may send the request again, to the next replica.")
        .stop()
}
