//! `http_requests_in_progress`: one for each request that is being handled, however it ends.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::exposition::{MetricType, Page, Sample};
use crate::lessons::labels;
use crate::lessons::lines::{family_lines, rise};
use crate::lessons::require::{require_family, require_labels};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::App;

const IN_PROGRESS: &str = "http_requests_in_progress";
const WHY: &str = "When requests pile up, this is the first number that moves: long before the first of them fails.";

/// How many requests are held at once.
const HELD: usize = 8;
const SCRAPE_INTERVAL: Duration = Duration::from_millis(20);
/// How many of each kind must leave nothing behind.
const TRIES: usize = 5;
/// How many clients hang up.
const HANG_UPS: usize = 20;

pub(super) async fn rises_and_falls(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let before = app.scrape().await?;
    let family = require_family(&before, IN_PROGRESS, MetricType::Gauge, WHY)?;
    require_labels(family, &["method", "path"], WHY)?;

    let held = join_all((0..HELD).map(|_| app.get("/simulate?delay_ms=1000")));
    let (answers, during) = busiest_page(app, &before, held).await?;
    for answer in answers {
        answer?.expect_status(200)?;
    }
    shows_those_that_are_held(&before, &during)?;
    returns(app, &before, "Take 1 off the gauge when the request is done.", "The gauge is only ever counted up.")
        .await?;
    labels::are_bounded(app, IN_PROGRESS).await
}

/// Scrapes for as long as requests are held. Returns their answers, and the page that showed the most of them.
async fn busiest_page<T>(app: &App, before: &Page, held: impl Future<Output = T>) -> Outcome<(T, Page)> {
    let mut held = pin!(held);
    let mut busiest = before.clone();
    loop {
        tokio::select! {
            answers = &mut held => return Ok((answers, busiest)),
            page = scrape_soon(app) => {
                let page = page?;
                if risen(before, &page) > risen(before, &busiest) {
                    busiest = page;
                }
            }
        }
    }
}

async fn scrape_soon(app: &App) -> Outcome<Page> {
    sleep(SCRAPE_INTERVAL).await;
    app.scrape().await
}

fn shows_those_that_are_held(before: &Page, during: &Page) -> Outcome {
    let rise = risen(before, during);
    // A page that counts its own scrape shows one more.
    if (HELD as f64..=HELD as f64 + 1.0).contains(&rise) {
        return Ok(());
    }
    let (change, mistake) = if rise > HELD as f64 {
        (
            "Add 1 to the gauge once for each request.",
            "Each request is counted twice: in two layers, or in a layer and in its handler.",
        )
    } else if rise == 1.0 {
        ("Add 1 to the gauge for each request.", "The gauge is set to 1 when a request comes, rather than raised by 1.")
    } else {
        (
            "Add 1 to the gauge before the handler runs, and take it off when the handler is done.",
            "The gauge goes up only after the handler has answered, or comes down at once: `let _ = ...` drops a guard in the same line. So nobody ever sees it up.",
        )
    };
    Failure::change(change)
        .expected(format!("{IN_PROGRESS} rises by {HELD} while {HELD} requests are held"))
        .seen([format!("it rose by {rise}:")])
        .seen(family_lines(during, IN_PROGRESS))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

pub(super) async fn always_returns(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let before = app.scrape().await?;
    require_family(&before, IN_PROGRESS, MetricType::Gauge, WHY)?;

    for _ in 0..TRIES {
        app.get("/simulate?status=500").await?.expect_status(500)?;
        app.get("/items/7000000").await?.expect_status(404)?;
    }
    let after_errors =
        "Errors leave the handler on another way than successes, and the line that takes 1 off is not on it.";
    returns(app, &before, "Take 1 off the gauge when a request ends in an error, too.", after_errors).await?;

    for _ in 0..TRIES {
        // Whether a panic is answered is judged elsewhere.
        let _ = app.try_send(Method::GET, "/simulate?panic=true", None).await;
    }
    let after_panics =
        "A panic skips every line that follows. Only a guard that takes 1 off when it is dropped is always right.";
    returns(app, &before, "Take 1 off the gauge when a handler panics, too.", after_panics).await?;

    hang_up(app, &before).await?;
    let after_hang_ups = "When a client hangs up, the future of its request is dropped, and nothing behind its `.await` runs. Only a guard that takes 1 off when it is dropped is always right.";
    returns(app, &before, "Take 1 off the gauge when a client hangs up, too.", after_hang_ups).await
}

/// Opens connections, waits until their requests are being handled, and drops them.
async fn hang_up(app: &App, before: &Page) -> Outcome {
    let connections = join_all((0..HANG_UPS).map(|_| request_without_waiting(app))).await;
    let connections: Vec<_> = connections.into_iter().collect::<Result<_, _>>()?;
    let during = app.scrape_until(|page| risen(before, page) >= HANG_UPS as f64).await?;
    drop(connections);
    if risen(before, &during) >= HANG_UPS as f64 {
        return Ok(());
    }
    Failure::change("Add 1 to the gauge before the handler runs.")
        .expected(format!("{IN_PROGRESS} rises by {HANG_UPS} while {HANG_UPS} requests are held"))
        .seen(family_lines(&during, IN_PROGRESS))
        .mistake("The gauge goes up only after the handler has answered.")
        .why(WHY)
        .stop()
}

/// Holds the request long enough to be seen, but ends in time for a server that lets a handler finish although its
/// client is gone: then the request is still in progress, and the gauge right to say so.
async fn request_without_waiting(app: &App) -> Outcome<TcpStream> {
    let failed = |error: std::io::Error| Stop::NotRun(format!("cannot connect to {}: {error}", app.base_url()));
    let address = app.address();
    let mut stream = TcpStream::connect(&address).await.map_err(failed)?;
    let request = format!("GET /simulate?delay_ms=3000 HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    Ok(stream)
}

async fn returns(app: &App, before: &Page, change: &str, mistake: &str) -> Outcome {
    let after = app.scrape_until(|page| displaced_lines(before, page).is_empty()).await?;
    let displaced = displaced_lines(before, &after);
    if displaced.is_empty() {
        return Ok(());
    }
    let (change, mistake) = if risen(before, &after) == 0.0 {
        (
            "Take 1 off the same series that it was added to.",
            "The gauge goes up under one set of label values, and down under another.",
        )
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

/// The lines of the series that are not where they were.
fn displaced_lines(before: &Page, after: &Page) -> Vec<String> {
    let value_before = |sample: &Sample| {
        let same = before.series(IN_PROGRESS).find(|other| other.labels == sample.labels);
        same.map_or(0.0, |same| same.value)
    };
    let displaced = after.series(IN_PROGRESS).filter(|sample| sample.value != value_before(sample));
    displaced.map(|sample| sample.line.clone()).collect()
}

fn risen(before: &Page, after: &Page) -> f64 {
    rise(before, after, IN_PROGRESS, &[])
}
