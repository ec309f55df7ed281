//! The page while the database is in trouble: it comes in time, and with all that needs no database.

use std::time::Duration;

use exposition::{Family, MetricType, Page, Sample};
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::at_once::beside;
use super::counter::names::ADDITIONS;
use super::moves::{move_lines, moves};
use super::{parts, unanswered};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App, PATIENCE, new_session};
use crate::subject::troubled::Troubled;
use crate::trouble::Trouble;

/// How long the page may take. Lesson 01 gives the database one second.
const IN_TIME: Duration = Duration::from_secs(2);
/// When a try to get the page ends.
const TOO_LATE: Duration = Duration::from_secs(4);
/// How many scrapes come at the same time: none may have to wait for the others.
const AT_ONCE: usize = 10;
/// A machine that is busy may hold up one page, but hardly several.
const TRIES: usize = 3;
const POLL_INTERVAL: Duration = Duration::from_millis(20);

const WHY: &str = "When the database is in trouble, everybody looks at the metrics. Prometheus gives up after some seconds, and then all of them are missing, not only those of the database.";

/// What the database is in, in an explanation.
fn words(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Gone => "while the database cannot be reached",
        Trouble::Stalled => "while the database answers nothing",
        Trouble::Refusing => "while the database answers each query with an error",
    }
}

/// Ends the check unless the page of a further app of the same kind stays as good as it can be.
pub(super) async fn leaves_the_page(app: &App) -> Outcome {
    let used_up = when_the_pool_is_used_up(app);
    parts::side_by_side([when_it_fails(app).boxed(), when_it_stalls(app).boxed(), used_up.boxed()]).await
}

async fn when_it_fails(app: &App) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, Vec::new()).await? else { return Ok(()) };
    let before = page_with_an_addition(troubled.app()).await?;
    for trouble in [Trouble::Refusing, Trouble::Gone] {
        troubled.bring_into(trouble).await?;
        let pages = pages_in_time(troubled.app(), words(trouble)).await?;
        are_whole(&before, &pages, words(trouble))?;
        failed_addition_does_not_count(troubled.app(), words(trouble)).await?;
        troubled.restore().await?;
        comes_back(troubled.app(), &before).await?;
    }
    Ok(())
}

async fn when_it_stalls(app: &App) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, Vec::new()).await? else { return Ok(()) };
    let before = page_with_an_addition(troubled.app()).await?;
    troubled.bring_into(Trouble::Stalled).await?;
    let pages = pages_in_time(troubled.app(), words(Trouble::Stalled)).await?;
    are_whole(&before, &pages, words(Trouble::Stalled))?;
    unanswered::scrapers_hang_up(troubled.app(), 2 * AT_ONCE).await?;
    troubled.restore().await?;
    comes_back(troubled.app(), &before).await
}

/// One request holds the one connection. So the page waits for the pool, and not for the database.
async fn when_the_pool_is_used_up(app: &App) -> Outcome {
    const WORDS: &str = "while all connections to the database are in use";
    let pool = vec![("DATABASE_MAX_CONNECTIONS", "1".to_owned())];
    let Some(mut troubled) = Troubled::start(app, pool).await? else { return Ok(()) };
    let before = page_with_an_addition(troubled.app()).await?;
    troubled.bring_into(Trouble::Stalled).await?;
    let held = hold_a_connection(troubled.app());
    let pages = beside(held, pages_in_time(troubled.app(), WORDS)).await?;
    are_whole(&before, &pages, WORDS)?;
    troubled.restore().await?;
    comes_back(troubled.app(), &before).await
}

async fn hold_a_connection(app: &App) -> reqwest::Result<Answer> {
    app.try_send(Method::GET, "/items/1", None).await
}

/// So that there is a count that must not be lost.
async fn page_with_an_addition(app: &App) -> Outcome<Page> {
    let product = app.product().await?;
    app.add_to_cart(&new_session(), product.id, 1).await?.expect_status(200)?;
    app.scrape_until(|page| page.sum(ADDITIONS, &[]) >= 1.0).await
}

async fn pages_in_time(app: &App, words: &str) -> Outcome<Vec<Page>> {
    for _ in 0..TRIES {
        let started = Instant::now();
        let scrapes = try_join_all((0..AT_ONCE).map(|_| app.try_send(Method::GET, "/metrics", None)));
        let answers = match timeout(TOO_LATE, scrapes).await {
            Ok(Ok(answers)) => answers,
            Ok(Err(error)) => return gives_no_answer(&error, words),
            Err(_) => continue,
        };
        if let Some(failed) = answers.iter().find(|answer| answer.status != 200) {
            return fails(failed, words);
        }
        if started.elapsed() <= IN_TIME {
            return answers.iter().map(Answer::page).collect();
        }
    }
    failure(words)
        .seen([format!(
            "of {AT_ONCE} times GET /metrics at once, not all gave a page within {} seconds, {TRIES} times in a row",
            IN_TIME.as_secs()
        )])
        .mistake("The scrape waits for the database for as long as the database likes, or for too long. Give all that is asked of it one time limit of a second, with `tokio::time::timeout`, and write the page without it. Or one scrape waits for the other, as with a lock around what is asked of the database.")
        .stop()
}

fn fails<T>(answer: &Answer, words: &str) -> Outcome<T> {
    failure(words)
        .seen(answer.lines())
        .mistake("The handler of the page hands the database's error on, as with a `?`. The page is then lost as a whole. Log the error, and write the page without what the database knows.")
        .stop()
}

fn gives_no_answer<T>(error: &reqwest::Error, words: &str) -> Outcome<T> {
    failure(words)
        .seen([format!("GET /metrics -> {error}")])
        .mistake("The handler of the page ends without an answer: it panics, as with an `unwrap()` or `expect()` on what the database answers.")
        .stop()
}

fn failure(words: &str) -> Failure {
    Failure::change(format!("Serve the page {words}, too."))
        .expected(format!("GET /metrics -> 200 within {} seconds, {words}", IN_TIME.as_secs()))
        .why(WHY)
}

fn are_whole(before: &Page, pages: &[Page], words: &str) -> Outcome {
    pages.iter().try_for_each(|page| is_whole(before, page, words))
}

/// What was counted is still there. Whether a product without any addition is, only the database knows.
fn is_whole(before: &Page, page: &Page, words: &str) -> Outcome {
    let Some(lost) = lost_samples(before, page).next() else { return Ok(()) };
    Failure::change(format!("Leave nothing out of the page {words} but what only the database knows."))
        .expected(format!("the same line as before, or a higher value: {}", lost.line))
        .seen(if page.families.is_empty() { vec!["a page without any metric"] } else { all_lines(page) })
        .mistake("When the database gives no answer, the page is written without the metrics of the app, or with those that are made anew. What the app has counted itself is in its memory.")
        .why(WHY)
        .stop()
}

fn all_lines(page: &Page) -> Vec<&str> {
    page.families.iter().flat_map(Family::lines).collect()
}

/// Counts that are gone, or have fallen.
fn lost_samples<'a>(before: &'a Page, page: &'a Page) -> impl Iterator<Item = &'a Sample> {
    let counts = |family: &&Family| matches!(family.metric_type, MetricType::Counter | MetricType::Histogram);
    let samples = before.families.iter().filter(counts).flat_map(|family| &family.samples);
    samples.filter(|sample| sample.value != 0.0).filter(|sample| {
        let still = page.series(&sample.name).find(|other| other.labels == sample.labels);
        still.is_none_or(|still| still.value < sample.value)
    })
}

async fn failed_addition_does_not_count(app: &App, words: &str) -> Outcome {
    let before = app.scrape().await?;
    let answer = app.add_to_cart(&new_session(), 1, 1).await?;
    let after = app.scrape().await?;
    let moved = moves(&before, &after, ADDITIONS);
    if answer.status == 200 || moved.is_empty() {
        return Ok(());
    }
    Failure::change("Count an addition only once the store has accepted it.")
        .expected(format!("additions that fail {words} leave {ADDITIONS} as it is"))
        .seen([format!("{} -> {}", answer.request, answer.status)])
        .seen(move_lines(&moved, ADDITIONS))
        .mistake("The counter is incremented before the store has answered.")
        .why("In an outage, customers try again and again. Each try would look like a sale.")
        .stop()
}

/// Once the database answers again, so does the shop. The page has all that it had, and a new product.
async fn comes_back(app: &App, before: &Page) -> Outcome {
    let sku = new_session().to_uppercase();
    let product = json!({ "sku": sku, "name": "A product from after the outage", "price_cents": 100, "stock": 5 });
    app.post("/items", &product).await?.expect_status(201)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = app.get("/metrics").await?;
        let missing = match answer.page() {
            Ok(page) => missing_lines(before, &sku, &page),
            Err(_) => answer.lines(),
        };
        if missing.is_empty() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Failure::change("Bring the whole page back when the database is.")
                .expected("the page as it was before the trouble of the database")
                .seen(missing)
                .mistake("Something has broken for good in the outage: what reads the database has ended or is not tried again, or a lock is poisoned by a panic.")
                .why("An outage that lasts until somebody restarts the shop is two outages.")
                .stop();
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// The additions that the page had before, or of the product that is new, and lacks.
fn missing_lines(before: &Page, sku: &str, page: &Page) -> Vec<String> {
    let has = |labels: &[(&str, &str)]| page.matching(ADDITIONS, labels).next().is_some();
    let missing = before.series(ADDITIONS).filter(|sample| !has(&labels(sample)));
    let mut missing: Vec<_> = missing.map(|sample| format!("missing: {}", sample.line)).collect();
    if !has(&[("product", sku)]) {
        missing.push(format!("missing: {ADDITIONS}{{product=\"{sku}\"}} 0"));
    }
    missing
}

fn labels(sample: &Sample) -> Vec<(&str, &str)> {
    sample.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
