//! `http_requests_in_progress`: one for each request that is being handled, however it ends.

mod held;
mod series;
mod to_the_end;

use std::time::Duration;

use exposition::{MetricType, Page};
use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};
use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use self::held::{DELAYED, DELAYED_LONGER, Held, Kind};
use self::series::{IN_PROGRESS, WHY, displaced_lines, risen, risen_by_method};
use crate::database::Database;
use crate::launch::Settings;
use crate::lessons::lines::family_lines;
use crate::lessons::require::{require_family, require_labels};
use crate::lessons::unanswered::send;
use crate::lessons::{labels, parts};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, Product, StartedApp, new_session};

/// How long is scraped while requests are held: less than half of the time for which the app delays them.
const HELD_FOR: Duration = Duration::from_millis(650);
const SCRAPE_INTERVAL: Duration = Duration::from_millis(20);
/// The requests that the app delays. A busy machine may have answered the first of them before the last were sent: then once
/// more, and at last for longer.
const ATTEMPTS: [Kind; 6] = [DELAYED, DELAYED, DELAYED, DELAYED_LONGER, DELAYED_LONGER, DELAYED_LONGER];
/// How many look at the page at the same time.
const SCRAPERS: usize = 10;
/// How many of each kind must leave nothing behind.
const TRIES: usize = 5;
/// How often fifty clients hang up at once, on how many apps.
const HANG_UPS: usize = 2;
const APPS: usize = 2;
/// How many connections a pool has that lets each of the held requests have one, those before whose clients hung up keep
/// theirs, and the page still read the database: SQLite ends what a client has left behind only when its turn comes.
const CONNECTIONS: u32 = 80;

pub(super) async fn rises_and_falls(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let before = app.scrape().await?;
    let family = require_family(&before, IN_PROGRESS, MetricType::Gauge, WHY)?;
    require_labels(family, &["method", "path"], WHY)?;

    let replica = Replica::of(app).await?;
    let held = show_exactly(app, &before, |delayed| Held::delayed(app, delayed)).await?;
    if let Some(replica) = replica {
        replica.has_none().await?;
    }
    let clients = held.finish().await?;
    returns(app, &before, WHEN_DONE, ONLY_UP).await?;
    drop(clients);
    on_each_route(app).await?;
    labels::are_bounded(app, IN_PROGRESS).await
}

/// Fifty requests at once, on four routes.
async fn on_each_route(app: &App) -> Outcome {
    let Some(Roomy { started, database, product }) = Roomy::start(app).await? else { return Ok(()) };
    let app = &started.app;
    let before = app.scrape().await?;
    let held = show_exactly(app, &before, |delayed| Held::of_all_kinds(app, database, &product, delayed)).await?;
    held.hang_up().await
}

const WHEN_DONE: &str = "Take 1 off the gauge when the request is done.";
const ONLY_UP: &str = "The gauge is only ever counted up, or the line that takes 1 off is not on each way out.";

/// An app with a connection to the database for each of the requests that are held.
struct Roomy<'a> {
    started: StartedApp,
    database: &'a Database,
    product: Product,
}

impl<'a> Roomy<'a> {
    /// None for an app at a URL.
    async fn start(app: &'a App) -> Outcome<Option<Self>> {
        let (Ok(settings), Ok(database)) = (app.settings(), app.database()) else { return Ok(None) };
        let product = app.product().await?;
        let variables = vec![
            ("DATABASE_MAX_CONNECTIONS", CONNECTIONS.to_string()),
            ("DATABASE_ACQUIRE_TIMEOUT_MS", "10000".to_owned()),
        ];
        let started = app.start_with(&Settings { replicas: 1, variables, ..settings }).await?;
        started.app.get("/items").await?.expect_status(200)?;
        Ok(Some(Self { started, database, product }))
    }
}

/// Holds requests, which the page has to show as exactly as many, and again to several scrapers at once. What it shows instead
/// counts when it shows that twice: the app of a busy machine has not read all of the requests yet, but each time others.
async fn show_exactly<F>(app: &App, before: &Page, hold: impl Fn(Kind) -> F) -> Outcome<Held>
where
    F: Future<Output = Outcome<Held>>,
{
    let mut attempts = ATTEMPTS.into_iter();
    let mut earlier = None;
    loop {
        let started = Instant::now();
        let held = hold(attempts.next().unwrap_or(DELAYED_LONGER)).await?;
        let expected = held.by_method();
        let is_exact = |page: &Page| risen_by_method(before, page) == expected;
        let watched = watch(app, before, Instant::now() + HELD_FOR, is_exact).await?;
        let again = try_join_all((0..SCRAPERS).map(|_| app.scrape())).await?;
        let differing = again.iter().find(|page| !is_exact(page));
        if is_exact(&watched.busiest) && differing.is_none() {
            return Ok(held);
        }
        let explained = watched.explain(before, &held, differing);
        let is_the_same = |page: &Page| risen_by_method(before, page) == risen_by_method(before, &watched.busiest);
        let is_in_time = started.elapsed() < HELD_FOR * 2;
        match earlier {
            Some((page, explained)) if is_in_time && is_the_same(&page) => return explained,
            _ if attempts.len() == 0 => return explained,
            _ => {}
        }
        held.hang_up().await?;
        let after = app.scrape_until(|page| displaced_lines(before, page).is_empty()).await?;
        if is_in_time && !displaced_lines(before, &after).is_empty() {
            return explained;
        }
        earlier = Some((watched.busiest, explained));
    }
}

/// What pages showed while requests were held.
struct Watched {
    /// The one that shows as much as it has to, or else the most.
    busiest: Page,
    /// What all pages showed, added up: where each of them takes away what it shows, it is no more than the requests.
    shown: f64,
}

/// Scrapes until a page is as it has to be, or the requests are about to end.
async fn watch(app: &App, before: &Page, end: Instant, is_exact: impl Fn(&Page) -> bool) -> Outcome<Watched> {
    let busiest = app.scrape().await?;
    let mut watched = Watched { shown: risen(before, &busiest).max(0.0), busiest };
    while !is_exact(&watched.busiest) && Instant::now() < end {
        sleep(SCRAPE_INTERVAL).await;
        let page = app.scrape().await?;
        watched.shown += risen(before, &page).max(0.0);
        if is_exact(&page) || risen(before, &page) > risen(before, &watched.busiest) {
            watched.busiest = page;
        }
    }
    Ok(watched)
}

impl Watched {
    /// What is wrong with what was shown, in the pages one after the other, or in one of those at once.
    fn explain<T>(&self, before: &Page, held: &Held, differing: Option<&Page>) -> Outcome<T> {
        match differing {
            Some(page) if self.shown == held.count() as f64 => is_forgotten(page, held),
            _ => is_not_exact(before, &self.busiest, held),
        }
    }
}

fn is_forgotten<T>(page: &Page, held: &Held) -> Outcome<T> {
    Failure::change("Make the gauge once, when the app starts, and let a scrape only read it.")
        .expected(format!("{IN_PROGRESS} the same on each page, while the same {} requests are held", held.count()))
        .seen(["they were shown once, and another page meanwhile had:".to_owned()])
        .seen(family_lines(page, IN_PROGRESS))
        .mistake("The scrape makes the gauge anew, registers another one in its place, or resets it. Or one scrape leaves it out while another one reads it.")
        .why("Two Prometheus servers, or a colleague with curl: only the first of them sees that requests pile up.")
        .stop()
}

fn is_not_exact<T>(before: &Page, page: &Page, held: &Held) -> Outcome<T> {
    let (rise, count) = (risen(before, page), held.count() as f64);
    let shown = risen_by_method(before, page);
    let is_missing = |method: &&&str| !shown.contains_key(**method);
    let (change, mistake) = if rise == count {
        (
            "Give the gauge the method and the path of each request.".to_owned(),
            "The sum is right, but not the series: some routes share one, or the label values are in another order than the label names.",
        )
    } else if rise > count {
        (
            "Add 1 to the gauge once for each request.".to_owned(),
            "Each request is counted twice: in two layers, or in a layer and in its handler.",
        )
    } else if let Some(method) = held.by_method().keys().find(is_missing).filter(|_| rise > 1.0) {
        (
            format!("Add 1 to the gauge for {method} requests, too."),
            "Only some methods or routes are counted: the line stands in some handlers, or behind a condition. Or the method is not the one that was sent.",
        )
    } else if rise == 1.0 {
        (
            "Add 1 to the gauge for each request.".to_owned(),
            "The gauge is set to 1 when a request comes, rather than raised by 1.",
        )
    } else {
        (
            "Add 1 to the gauge before the handler runs, and take it off when the handler is done.".to_owned(),
            "The gauge goes up only after the handler has answered, or comes down at once: `let _ = ...` drops a guard in the same line. Or each scrape reads another gauge than the one that is raised.",
        )
    };
    Failure::change(change)
        .expected(format!(
            "{IN_PROGRESS} rises by {count} while these requests are held: {}",
            held.in_words().collect::<Vec<_>>().join(", ")
        ))
        .seen([format!("it rose by {rise}:")])
        .seen(family_lines(page, IN_PROGRESS))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

/// A second replica, while requests are held on the first.
struct Replica {
    app: App,
    before: Page,
}

impl Replica {
    /// None for an app without a second one.
    async fn of(app: &App) -> Outcome<Option<Self>> {
        let Ok(app) = app.replica() else { return Ok(None) };
        let before = app.scrape().await?;
        Ok(Some(Self { app, before }))
    }

    async fn has_none(&self) -> Outcome {
        let page = self.app.scrape().await?;
        if risen(&self.before, &page) == 0.0 {
            return Ok(());
        }
        Failure::change("Give each app a gauge of its own.")
            .expected(format!("{IN_PROGRESS} does not rise on a second replica, while requests are held on the first alone"))
            .seen(displaced_lines(&self.before, &page))
            .mistake("The gauge is in a `static`, or in the default registry, which is global: both apps of the process count in it.")
            .why("Each replica shows the requests of both, and the sum over the replicas counts each of them twice.")
            .stop()
    }
}

/// Two more apps are looked at beside, so that none disturbs the other.
pub(super) async fn always_returns(app: &App) -> Outcome {
    if app.settings().is_err() {
        return returns_from_everywhere(app).await;
    }
    let (one, other) = try_join(app.start_another(), app.start_another()).await?;
    parts::side_by_side([
        returns_from_everywhere(app).boxed(),
        to_the_end::long_requests_are_shown(&one.app).boxed(),
        to_the_end::nothing_goes_on_unseen(&other.app).boxed(),
    ])
    .await
}

async fn returns_from_everywhere(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let before = app.scrape().await?;
    require_family(&before, IN_PROGRESS, MetricType::Gauge, WHY)?;

    for _ in 0..TRIES {
        send_errors(app).await?;
    }
    let after_errors = "Some ways out of the handler do not pass the line that takes 1 off: an error, an answer that comes before the handler runs, a path or method that no route has.";
    returns(app, &before, "Take 1 off the gauge when a request ends in an error, too.", after_errors).await?;

    for _ in 0..TRIES {
        // Whether a panic is answered is judged elsewhere.
        let _ = app.try_send(Method::GET, "/simulate?panic=true", None).await;
    }
    let after_panics =
        "A panic skips every line that follows. Only a guard that takes 1 off when it is dropped is always right.";
    returns(app, &before, "Take 1 off the gauge when a handler panics, too.", after_panics).await?;
    let after_hang_ups = "When a client hangs up, the future of its request is dropped, and nothing behind its `.await` runs. Only a guard that takes 1 off when it is dropped is always right.";
    hang_up_everywhere(app, &before).await?;
    returns(app, &before, AFTER_HANG_UPS, after_hang_ups).await?;
    ends_by_itself(app, after_errors).await?;
    for _ in 0..APPS {
        fifty_hang_up(app, after_hang_ups).await?;
    }
    Ok(())
}

async fn ends_by_itself(app: &App, mistake: &str) -> Outcome {
    let Some(Roomy { started, database, product }) = Roomy::start(app).await? else { return Ok(()) };
    let app = &started.app;
    let before = app.scrape().await?;
    let held = show_exactly(app, &before, |_| Held::writing(app, database, &product)).await?;
    let clients = held.finish().await?;
    returns(app, &before, WHEN_DONE, mistake).await?;
    drop(clients);
    series::are_those_of_the_counter(&before, &app.scrape().await?)
}

async fn fifty_hang_up(app: &App, mistake: &str) -> Outcome {
    let Some(Roomy { started, database, product }) = Roomy::start(app).await? else { return Ok(()) };
    let app = &started.app;
    let before = app.scrape().await?;
    for _ in 0..HANG_UPS {
        let held = show_exactly(app, &before, |delayed| Held::of_all_kinds(app, database, &product, delayed)).await?;
        held.hang_up().await?;
        returns(app, &before, AFTER_HANG_UPS, mistake).await?;
    }
    Ok(())
}

const AFTER_HANG_UPS: &str = "Take 1 off the gauge when a client hangs up, too.";

/// Whatever is not answered with success, on routes and beside them.
async fn send_errors(app: &App) -> Outcome {
    app.get("/simulate?status=500").await?.expect_status(500)?;
    app.get("/items/7000000").await?.expect_status(404)?;
    app.get(&format!("/{}", new_session())).await?.expect_status(404)?;
    app.post(&format!("/{}", new_session()), &json!({})).await?.expect_status(404)?;
    app.send(Method::PUT, "/items", None).await?.expect_status(405)?;
    app.send(Method::POST, "/items", Some("{".into())).await?;
    app.delete(&format!("/carts/{}", new_session())).await?.expect_status(404)?;
    app.send(Method::from_bytes(b"BREW").unwrap_or_default(), "/items", None).await.map(drop)
}

/// Clients hang up in the middle of what they send, and while they wait for an answer.
async fn hang_up_everywhere(app: &App, before: &Page) -> Outcome {
    let half_a_body = "{\"sku\": \"";
    for _ in 0..TRIES {
        for (method, path) in [
            ("POST", "/items"),
            ("POST", "/carts/ana/items"),
            ("PUT", "/nowhere"),
            ("GET", "/items"),
            ("GET", "/nowhere"),
        ] {
            drop(send(app, method, path, half_a_body, 2 * half_a_body.len()).await?);
        }
    }
    stays_while_others_end(app, before).await
}

/// How many pages have to show it when a request was taken off that is still held.
const PAGES: usize = 5;

/// Other requests of the same route end in an error and in a panic, and take none off of those that are held. With a gauge
/// that never falls below 0, this is the only way to see that it is taken off too often. In the end, the clients hang up.
async fn stays_while_others_end(app: &App, before: &Page) -> Outcome {
    for _ in ATTEMPTS {
        let held = show_exactly(app, before, |delayed| Held::delayed(app, delayed)).await?;
        app.get("/simulate?status=500").await?.expect_status(500)?;
        let _ = app.try_send(Method::GET, "/simulate?panic=true", None).await;
        let expected = held.by_method();
        let mut in_time = Vec::new();
        loop {
            let page = app.scrape().await?;
            if risen_by_method(before, &page) == expected {
                return held.hang_up().await;
            }
            if held.sent.elapsed() >= HELD_FOR * 2 {
                break;
            }
            in_time.push(page);
            sleep(SCRAPE_INTERVAL).await;
        }
        // On the first of them, the panic may not be taken off yet.
        if let Some(page) = in_time.get(PAGES - 1) {
            return are_taken_off(before, page, &held);
        }
        held.hang_up().await?;
        app.scrape_until(|page| displaced_lines(before, page).is_empty()).await?;
    }
    Ok(())
}

fn are_taken_off(before: &Page, page: &Page, held: &Held) -> Outcome {
    Failure::change("Take 1 off the gauge exactly once for each request.")
        .expected(format!(
            "{IN_PROGRESS} shows the same {} requests, once others beside them have ended in an error and in a panic",
            held.count()
        ))
        .seen(displaced_lines(before, page))
        .mistake(TWICE)
        .why("When some requests fail and others hang, the gauge says that all is quiet.")
        .stop()
}

const TWICE: &str = "It is taken off more often than it is added: by a guard and in a line of its own, or on a way on which nothing was added.";

async fn returns(app: &App, before: &Page, change: &str, mistake: &str) -> Outcome {
    let after = app.scrape_until(|page| displaced_lines(before, page).is_empty()).await?;
    let displaced = displaced_lines(before, &after);
    if displaced.is_empty() {
        return Ok(());
    }
    let risen = risen(before, &after);
    let (change, mistake) = if risen == 0.0 {
        (
            "Take 1 off the same series that it was added to.",
            "The gauge goes up under one set of label values, and down under another.",
        )
    } else if risen < 0.0 {
        ("Take 1 off the gauge exactly once for each request.", TWICE)
    } else {
        (change, mistake)
    };
    Failure::change(change)
        .expected(format!("each {IN_PROGRESS} is back where it was once all requests have ended"))
        .seen(displaced)
        .mistake(mistake)
        .why("A gauge that never comes back grows with every accident. After a week it says that the shop is overloaded, and nobody believes it any more.")
        .stop()
}
