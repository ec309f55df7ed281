//! `db_connections_active`, `_idle` and `_max`: the connection pool as it is when somebody looks.

use futures_util::future::join_all;

use crate::exposition::{MetricType, Page};
use crate::launch::Settings;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App, new_session};

const ACTIVE: &str = "db_connections_active";
const IDLE: &str = "db_connections_idle";
const MAX: &str = "db_connections_max";
const WHY: &str = "A pool that is used up looks like a slow database. This is the number that tells the two apart.";

/// How many requests hold a connection each: fewer than any pool of the shop has.
const HELD: usize = 4;

pub(super) async fn are_read_at_scrape_time(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let page = app.scrape().await?;
    for name in [ACTIVE, IDLE, MAX] {
        require_family(&page, name, MetricType::Gauge, WHY)?;
    }
    add_up(&page)?;
    follow_the_pool(app).await?;
    are_idle_at_rest(app).await?;
    show_the_limit(app).await
}

fn add_up(page: &Page) -> Outcome {
    let [active, idle, max] = [ACTIVE, IDLE, MAX].map(|name| page.sum(name, &[]));
    if max >= 1.0 && active >= 0.0 && idle >= 0.0 && active + idle <= max {
        return Ok(());
    }
    Failure::change("Read all three numbers from the pool.")
        .expected(format!("{ACTIVE} + {IDLE} <= {MAX}, and {MAX} at least 1"))
        .seen(pool_lines(page))
        .mistake(misread(page))
        .why(WHY)
        .stop()
}

/// Which mistake makes the number of active connections too high.
fn misread(page: &Page) -> &'static str {
    let [active, max] = [ACTIVE, MAX].map(|name| page.sum(name, &[]));
    if active <= max {
        "Open connections are taken for active ones: a pool's size counts those that are idle, too."
    } else {
        "The gauge is counted up by each query, and not set to what the pool says."
    }
}

/// The connection that has just answered waits for the next query.
async fn are_idle_at_rest(app: &App) -> Outcome {
    let page = app.scrape_until(|page| page.sum(IDLE, &[]) >= 1.0).await?;
    if page.sum(IDLE, &[]) >= 1.0 {
        return Ok(());
    }
    Failure::change("Show the connections that wait for work as idle ones.")
        .expected(format!("{IDLE} at least 1, while no request is being handled"))
        .seen(pool_lines(&page))
        .mistake("Active and idle connections are mixed up, or the pool was read before it had opened any.")
        .why(WHY)
        .stop()
}

/// With the carts locked, every addition holds its connection until the lock is released.
async fn follow_the_pool(app: &App) -> Outcome {
    let Ok(database) = app.database() else { return Ok(()) };
    let product = app.product().await?;
    let lock = database.lock_writes().await.map_err(Stop::not_run)?;
    let additions = join_all((0..HELD).map(|_| hold_a_connection(app, product.id)));
    // The requests give up in the end, on a slow machine before the last look at the page.
    let mut were_held_as_idle = false;
    let watch = async {
        let is_held = |page: &Page| {
            were_held_as_idle |= !is_below_held(page, IDLE);
            !is_below_held(page, ACTIVE)
        };
        let page = app.scrape_until(is_held).await;
        lock.release().await.map_err(Stop::not_run)?;
        page
    };
    let (answers, during) = tokio::join!(additions, watch);
    let during = during?;
    for answer in answers {
        answer?;
    }
    let after = app.scrape_until(|page| is_below_held(page, ACTIVE)).await?;
    match [&during, &after].map(|page| is_below_held(page, ACTIVE)) {
        [false, true] => Ok(()),
        [false, false] => never_falls(&after),
        [true, false] if were_held_as_idle => mixed_up(&during),
        [true, _] => not_read(&during),
    }
}

fn is_below_held(page: &Page, name: &str) -> bool {
    page.sum(name, &[]) < HELD as f64
}

async fn hold_a_connection(app: &App, item_id: i64) -> Outcome<Answer> {
    app.add_to_cart(&new_session(), item_id, 1).await
}

fn never_falls(after: &Page) -> Outcome {
    Failure::change("Let the number of active connections fall again.")
        .expected(format!("{ACTIVE} below {HELD}, once the requests are answered"))
        .seen(pool_lines(after))
        .mistake(misread(after))
        .why(WHY)
        .stop()
}

fn mixed_up(during: &Page) -> Outcome {
    waiting(during, "Show the connections that are in use as active, and those that wait for work as idle.")
        .mistake("Active and idle connections are mixed up.")
        .stop()
}

fn not_read(during: &Page) -> Outcome {
    waiting(during, "Read the pool at each scrape.")
        .mistake("The gauges are set once, when the app starts, or by a task that looks at times of its own.")
        .stop()
}

/// What is wrong with a page that was read while requests waited for the database.
fn waiting(during: &Page, change: &str) -> Failure {
    Failure::change(change)
        .expected(format!("{ACTIVE} at least {HELD}, while {HELD} requests wait for the database"))
        .seen(pool_lines(during))
        .why(WHY)
}

/// A start with a limit of its own tells the limit from the pool's size, and from a number in the code.
async fn show_the_limit(app: &App) -> Outcome {
    const LIMIT: u32 = 7;
    let Ok(settings) = app.settings() else { return Ok(()) };
    let variables = vec![("DATABASE_MAX_CONNECTIONS", LIMIT.to_string())];
    let limited = app.start_with(&Settings { replicas: 1, variables, ..settings }).await?;
    let page = limited.app.scrape().await?;
    if page.sum(MAX, &[]) == f64::from(LIMIT) {
        return Ok(());
    }
    Failure::change("Set the limit to the most connections that the pool may open.")
        .expected(format!("{MAX} {LIMIT}, in an app that is started with DATABASE_MAX_CONNECTIONS={LIMIT}"))
        .seen(pool_lines(&page))
        .mistake(
            "The connections that are open just now are taken for the limit, or the limit is written into the code.",
        )
        .why("An alert compares the active connections with the limit. One that moves along with them never fires.")
        .stop()
}

fn pool_lines(page: &Page) -> Vec<String> {
    [ACTIVE, IDLE, MAX].iter().flat_map(|name| page.series(name)).map(|sample| sample.line.clone()).collect()
}
