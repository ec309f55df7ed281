//! `cart_sessions_active`: the open carts in the database, whoever asks.

use std::time::Duration;

use exposition::{MetricType, Page};
use futures_util::future::try_join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::lessons::at_once;
use crate::lessons::lines::family_lines;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, PATIENCE, new_session};

pub(super) const OPEN_CARTS: &str = "cart_sessions_active";
const WHY: &str = "The shop decides by this number whether it can restart now, or how many orders are still to come.";
/// How many look at the page at the same time.
const SCRAPERS: usize = 10;
/// Nobody gives the database up so soon.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How often a cart is opened and emptied again, to look at once.
const ROUNDS: usize = 10;

pub(super) async fn are_those_of_the_database(app: &App) -> Outcome {
    let page = app.scrape().await?;
    require_family(&page, OPEN_CARTS, MetricType::Gauge, WHY)?;
    let base = open_carts(app, &page).await?;
    several_threads_show_it(app, base).await?;
    follow_what_happens(app, base).await?;
    survive_a_restart(app, base).await?;
    follow_others(app, base + 1.0).await
}

/// As the database says itself; for an app at a URL, as the page says.
pub(in crate::lessons) async fn open_carts(app: &App, page: &Page) -> Outcome<f64> {
    match app.database() {
        Ok(database) => Ok(database.open_carts().await.map_err(Stop::not_run)? as f64),
        Err(_) => Ok(page.sum(OPEN_CARTS, &[])),
    }
}

async fn follow_what_happens(app: &App, base: f64) -> Outcome {
    let product = app.product().await?;
    let (first, second) = (new_session(), new_session());
    for session in [&first, &first, &second] {
        app.add_to_cart(session, product.id, 1).await?.expect_status(200)?;
    }
    becomes(app, base + 2.0, "two carts were opened, one of them with two additions", BY_REQUESTS).await?;
    app.delete(&format!("/carts/{first}")).await?.expect_status(204)?;
    becomes(app, base + 1.0, "one of them was emptied", BY_REQUESTS).await?;
    app.post(&format!("/carts/{second}/checkout"), &json!({})).await?.expect_status(200)?;
    becomes(app, base, "the other was ordered", BY_REQUESTS).await?;
    for _ in 0..ROUNDS {
        let session = new_session();
        app.add_to_cart(&session, product.id, 1).await?.expect_status(200)?;
        becomes_at_once(app, base + 1.0, "a cart was opened", BY_REQUESTS).await?;
        app.delete(&format!("/carts/{session}")).await?.expect_status(204)?;
        becomes_at_once(app, base, "it was emptied", BY_REQUESTS).await?;
    }
    Ok(())
}

const BY_REQUESTS: &str = "Additions are counted instead of carts, a cart that is emptied or ordered is not taken off, or the number is read only once.";
const BY_OTHERS: &str = "The process adds up what it has done itself, or counts the rows of a list that ends somewhere, or a number type is too small.";

/// As [`becomes_at_once`], and so does each of several pages that are asked for at the same time.
async fn becomes(app: &App, expected: f64, when: &str, mistake: &str) -> Outcome {
    becomes_at_once(app, expected, when, mistake).await?;
    are_shown_to_all(app, expected).await
}

/// The very next page that knows the number shows it.
async fn becomes_at_once(app: &App, expected: f64, when: &str, mistake: &str) -> Outcome {
    let next = app.scrape_until(|page| !page.sum(OPEN_CARTS, &[]).is_nan()).await?;
    if next.sum(OPEN_CARTS, &[]) == expected {
        return Ok(());
    }
    let later = app.scrape_until(|page| page.sum(OPEN_CARTS, &[]) == expected).await?;
    if later.sum(OPEN_CARTS, &[]) == expected {
        return comes_later();
    }
    Failure::change("Set the gauge to the number of open carts in the database.")
        .expected(format!("{OPEN_CARTS} {expected}, after {when}"))
        .seen(family_lines(&later, OPEN_CARTS))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

fn comes_later() -> Outcome {
    Failure::change("Read the open carts at each scrape.")
        .expected("the number of open carts in the very next scrape, after carts were opened, emptied or ordered")
        .seen(["the next scrape showed another number, and a later one the right one"])
        .mistake("The gauge is set by a task that looks at times of its own, or each scrape reads it for the next one.")
        .why(WHY)
        .stop()
}

/// Each of several scrapers at once gets the number. One that does not know it may be right: a machine that is busy holds
/// up the database. But not each time.
async fn are_shown_to_all(app: &App, expected: f64) -> Outcome {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let started = Instant::now();
        let pages = try_join_all((0..SCRAPERS).map(|_| app.scrape())).await?;
        let values: Vec<_> = pages.iter().map(|page| page.sum(OPEN_CARTS, &[])).collect();
        if values.iter().all(|value| *value == expected) {
            return Ok(());
        }
        let is_wrong = values.iter().any(|value| !value.is_nan() && *value != expected);
        if is_wrong || started.elapsed() < AT_ONCE || Instant::now() >= deadline {
            return is_shown_to_some(is_wrong);
        }
    }
}

fn is_shown_to_some(is_wrong: bool) -> Outcome {
    let seen = if is_wrong { "one of them showed another number" } else { "not all of them showed a number" };
    Failure::change("Give each scrape the number of now, also where another scrape asks at the same time.")
        .expected(format!("the number of open carts on each of {SCRAPERS} pages that are asked for at once"))
        .seen([seen])
        .mistake("While one scrape asks the database, the others do not, and show the last value, or none. Or they write what they read into a place that all of them share, and empty it in between.")
        .why("Two Prometheus servers scrape each service, so that one may fail. One of them would see old numbers again and again, and nobody could say which.")
        .stop()
}

/// How often they look at an app of several threads: what one scrape writes, another one may read at any moment.
const LOOKS: usize = 25;

async fn several_threads_show_it(app: &App, expected: f64) -> Outcome {
    let Some(started) = at_once::start(app).await? else { return Ok(()) };
    for _ in 0..LOOKS {
        are_shown_to_all(&started.app, expected).await?;
    }
    Ok(())
}

/// A second replica, and one that was started later, see the same database.
async fn survive_a_restart(app: &App, base: f64) -> Outcome {
    let product = app.product().await?;
    app.add_to_cart(&new_session(), product.id, 1).await?.expect_status(200)?;
    let expected = base + 1.0;
    becomes(app, expected, "another was opened", BY_REQUESTS).await?;
    let another = match app.start_another().await {
        Ok(another) => another,
        // An app at a URL cannot be started again.
        Err(Stop::NotRun(_)) => return Ok(()),
        Err(failed) => return Err(failed),
    };
    are_shown_by(&another.app, "an app that was just started on the same database", expected).await?;
    let Ok(replica) = app.replica() else { return Ok(()) };
    are_shown_by(&replica, "a second replica on the same database", expected).await
}

/// Ends the check unless a replica comes to show so many.
pub(in crate::lessons) async fn are_shown_by(replica: &App, who: &str, expected: f64) -> Outcome {
    let shows = |page: &Page| page.sum(OPEN_CARTS, &[]) == expected;
    let page = replica.scrape_until(shows).await?;
    if shows(&page) {
        return Ok(());
    }
    Failure::change("Ask the database how many carts are open, at each scrape.")
        .expected(format!("{OPEN_CARTS} {expected}, on {who}"))
        .seen(family_lines(&page, OPEN_CARTS))
        .mistake("The gauge is counted up and down by the process, which knows only what it has done itself, since it started.")
        .why("After each deployment the number begins at 0, and with two replicas each knows a part of it. A state that lives in the database has to be read there.")
        .stop()
}

/// More than two bytes can count, and more than anybody lists.
const MANY: f64 = 70_000.0;
const OPEN_MANY: [&str; 2] = [
    "INSERT INTO carts (session, created_at, updated_at)
     WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 70000)
     SELECT 'many-' || n, 0, 0 FROM numbers",
    "INSERT INTO cart_items (session, item_id, quantity)
     SELECT session, (SELECT MIN(id) FROM items), 1 FROM carts WHERE session LIKE 'many-%'",
];
const CLOSE_MANY: [&str; 2] =
    ["DELETE FROM cart_items WHERE session LIKE 'many-%'", "DELETE FROM carts WHERE session LIKE 'many-%'"];

/// Carts that somebody else opens and closes: another replica, or the job that deletes old ones.
async fn follow_others(app: &App, base: f64) -> Outcome {
    let Ok(database) = app.database() else { return Ok(()) };
    database.execute(&OPEN_MANY).await.map_err(Stop::not_run)?;
    becomes(app, base + MANY, "another program opened many carts", BY_OTHERS).await?;
    database.execute(&CLOSE_MANY).await.map_err(Stop::not_run)?;
    becomes(app, base, "another program closed them", BY_OTHERS).await
}
