//! `db_connections_active`, `_idle` and `_max`: the connection pool as it is when somebody looks.

use std::time::Duration;

use exposition::{MetricType, Page};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::system::INTERVAL_VARIABLE;
use crate::launch::Settings;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App, new_session};

const ACTIVE: &str = "db_connections_active";
const IDLE: &str = "db_connections_idle";
const MAX: &str = "db_connections_max";
const WHY: &str = "A pool that is used up looks like a slow database. This is the number that tells the two apart.";

/// How many requests hold a connection each.
const HELD: usize = 6;
/// The limit of a pool that is known from its start. Less than twice [`HELD`], so that no more can be idle than are held.
const LIMIT: u32 = 11;
/// How many requests want a connection at once when there are not enough.
const CROWD: usize = 16;
/// For how long is looked at a crowd: SQLite's driver gives up after five seconds.
const CROWDED_FOR: Duration = Duration::from_secs(3);
/// How many connections requests may have opened that came one after the other, such as those of scrapes.
const OTHERS: usize = 4;
/// Longer than the check takes: what is read at each scrape waits for no sample.
const NO_SAMPLE_MS: u32 = 600_000;
/// By when an app has taken its first sample, after which there is none for long.
const FIRST_SAMPLE: Duration = Duration::from_millis(500);

pub(super) async fn are_read_at_scrape_time(app: &App) -> Outcome {
    let Ok(settings) = app.settings() else { return are_there(app).await };
    // A pool that no other check has opened connections in.
    let variables = vec![
        ("DATABASE_MAX_CONNECTIONS", LIMIT.to_string()),
        ("DATABASE_ACQUIRE_TIMEOUT_MS", "10000".into()),
        (INTERVAL_VARIABLE, NO_SAMPLE_MS.to_string()),
    ];
    let limited = app.start_with(&Settings { replicas: 1, variables, ..settings }).await?;
    are_there(&limited.app).await?;
    show_the_limit(&limited.app, LIMIT, &format!("DATABASE_MAX_CONNECTIONS={LIMIT}")).await?;
    let page = limited.app.scrape().await?;
    show_what_is_open(&page, f64::from(LIMIT - 1), "connections one after the other")?;
    sleep(FIRST_SAMPLE).await;
    follow_the_pool(app, &limited.app).await?;
    follow_at_once(app, &limited.app).await?;
    count_no_requests(app, &limited.app).await?;
    // Each connection to memory would be a database of its own: whatever is set, the pool opens one.
    let settings = Settings { replicas: 1, database_url: IN_MEMORY.into(), ..app.settings()? };
    let in_memory = app.start_with(&settings).await?;
    show_the_limit(&in_memory.app, 1, &format!("DATABASE_URL={IN_MEMORY}")).await
}

const IN_MEMORY: &str = "sqlite::memory:";

async fn are_there(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let page = app.scrape().await?;
    for name in [ACTIVE, IDLE, MAX] {
        require_family(&page, name, MetricType::Gauge, WHY)?;
    }
    Ok(())
}

/// A start with a limit of its own tells the limit from the pool's size, and from a number in the code.
async fn show_the_limit(app: &App, limit: u32, setting: &str) -> Outcome {
    let page = app.scrape().await?;
    if page.sum(MAX, &[]) == f64::from(limit) {
        return Ok(());
    }
    Failure::change("Set the limit to the most connections that the pool may open.")
        .expected(format!("{MAX} {limit}, in an app that is started with {setting}"))
        .seen(pool_lines(&page))
        .mistake(
            "The connections that are open just now are taken for the limit, or the limit is written into the code, or read from a variable. The pool knows it.",
        )
        .why("An alert compares the active connections with the limit. One that moves along with them never fires.")
        .stop()
}

/// A pool opens no more connections than are wanted at the same time.
fn show_what_is_open(page: &Page, most: f64, held: &str) -> Outcome {
    if page.sum(ACTIVE, &[]) + page.sum(IDLE, &[]) <= most {
        return Ok(());
    }
    Failure::change("Leave connections out that the pool has not opened yet.")
        .expected(format!("{ACTIVE} + {IDLE} of at most {most}, in an app whose requests have wanted {held}"))
        .seen(pool_lines(page))
        .mistake("What is left of the limit is taken for idle. A connection that was never opened is neither active nor idle.")
        .why(WHY)
        .stop()
}

/// What the page shows of a pool that is in use, and of the same pool at rest.
struct Watched {
    /// The last page while the connections were held, or the first that shows them.
    in_use: Page,
    shown_as_active: bool,
    /// At any time while they were held: the requests give up in the end.
    shown_as_idle: bool,
    at_rest: Page,
}

/// With the carts locked, every addition holds its connection until the lock is released.
async fn follow_the_pool(app: &App, limited: &App) -> Outcome {
    let mut shown_as_idle = false;
    let is_held = |page: &Page| {
        shown_as_idle |= shows_held(page, IDLE);
        shows_held(page, ACTIVE)
    };
    let in_use = while_held(app, limited, HELD, is_held).await?;
    let at_rest = limited.scrape_until(is_at_rest).await?;
    let shown_as_active = shows_held(&in_use, ACTIVE);
    let watched = Watched { in_use, shown_as_active, shown_as_idle, at_rest };
    judge(&watched)?;
    show_what_is_open(&watched.in_use, (HELD + OTHERS) as f64, &format!("{HELD} connections at once"))
}

/// Sends additions that hold a connection each, and scrapes until a page is as it has to be, or for long enough. Returns
/// that page once all of them are answered.
async fn while_held(app: &App, limited: &App, count: usize, is_right: impl FnMut(&Page) -> bool) -> Outcome<Page> {
    let product = limited.product().await?;
    let lock = app.database()?.lock_writes().await.map_err(Stop::not_run)?;
    let additions = join_all((0..count).map(|_| hold_a_connection(limited, product.id)));
    let watch = async {
        let page = limited.scrape_until(is_right).await;
        lock.release().await.map_err(Stop::not_run)?;
        page
    };
    let (answers, page) = tokio::join!(additions, watch);
    let page = page?;
    for answer in answers {
        answer?;
    }
    Ok(page)
}

/// How often the very next page is looked at, and how often it has to be right: on a machine that is busy, a connection may
/// come back to the pool a moment later than its answer to the client.
const LOOKS: u32 = 5;
const RIGHT: usize = 3;
/// After the first look; twice as long after each further one.
const SETTLED: Duration = Duration::from_millis(20);
const REQUESTS: usize = 5;

/// One page alone is asked for, once the connections are back: it knows nothing from a page or from a sample before.
async fn follow_at_once(app: &App, limited: &App) -> Outcome {
    let mut right = 0;
    let mut last = Vec::new();
    for look in 0..LOOKS {
        while_held(app, limited, HELD, |page| shows_held(page, ACTIVE)).await?;
        for _ in 0..REQUESTS {
            limited.get("/live").await?;
        }
        sleep(SETTLED * (1 << look)).await;
        let page = limited.scrape().await?;
        right += usize::from(is_at_rest(&page));
        if right == RIGHT {
            return Ok(());
        }
        last = pool_lines(&page);
    }
    Failure::change("Read the pool at each scrape, before the page is written.")
        .expected(format!("{ACTIVE} 0 on the very next page, once {HELD} requests are answered that ran at once"))
        .seen(last)
        .mistake("Each scrape shows what the one before has read, or the gauges are set by a thread or a task that looks at times of its own.")
        .why(WHY)
        .stop()
}

/// More requests than the pool has connections for: those that wait for one hold none.
async fn count_no_requests(app: &App, limited: &App) -> Outcome {
    let is_right = |page: &Page| page.sum(ACTIVE, &[]) == f64::from(LIMIT) && page.sum(IDLE, &[]) == 0.0;
    let end = Instant::now() + CROWDED_FOR;
    let page = while_held(app, limited, CROWD, |page| is_right(page) || Instant::now() > end).await?;
    if is_right(&page) {
        return Ok(());
    }
    Failure::change("Show the connections that are in use, and not the requests that want one.")
        .expected(format!("{ACTIVE} {LIMIT} and {IDLE} 0, while {CROWD} requests want a connection, and {MAX} is {LIMIT}"))
        .seen(pool_lines(&page))
        .mistake("Queries or requests are counted up and down, those included that still wait. Or the connections are counted without those that the pool opens later.")
        .why(WHY)
        .stop()
}

async fn hold_a_connection(app: &App, item_id: i64) -> Outcome<Answer> {
    app.add_to_cart(&new_session(), item_id, 1).await
}

fn shows_held(page: &Page, name: &str) -> bool {
    page.sum(name, &[]) >= HELD as f64
}

/// Connections that have answered wait for the next query. A pool may close some of them.
fn is_at_rest(page: &Page) -> bool {
    page.sum(ACTIVE, &[]) == 0.0 && page.sum(IDLE, &[]) >= 1.0
}

/// The pool is known in both states, so that what the page shows tells one mistake from the other.
fn judge(watched: &Watched) -> Outcome {
    let Watched { in_use, shown_as_active, shown_as_idle, at_rest } = watched;
    let active_at_rest = at_rest.sum(ACTIVE, &[]);
    match (shown_as_active, shows_held(at_rest, ACTIVE), shows_held(at_rest, IDLE)) {
        (true, _, _) if is_at_rest(at_rest) => Ok(()),
        (false, true, false) if *shown_as_idle => waiting(
            in_use,
            "Show the connections that are in use as active, and those that wait for work as idle.",
            "Active and idle connections are mixed up.",
        ),
        (true, true, true) => resting(
            at_rest,
            "Let the number of active connections fall again.",
            "Open connections are taken for active ones: a pool's size counts those that are idle, too.",
        ),
        (true, true, false) => resting(
            at_rest,
            "Let the number of active connections fall again.",
            "The gauge is counted up by each query, and not set to what the pool says.",
        ),
        (true, false, _) if active_at_rest == 1.0 => resting(
            at_rest,
            "Read the pool before the scrape asks the database anything.",
            "The pool is read during or after the scrape's own query, so that the scrape sees its own connection.",
        ),
        (true, _, _) => resting(
            at_rest,
            "Show the connections that wait for work as idle ones, and no others as active.",
            "The number of idle connections does not come from the pool, or the two are not read at each scrape.",
        ),
        (false, _, _) => waiting(
            in_use,
            "Read the pool at each scrape.",
            "The gauges are set once, when the app starts, or by a task that looks at times of its own, or the code counts queries instead of asking the pool.",
        ),
    }
}

/// What is wrong with a page that was read while requests waited for the database.
fn waiting(in_use: &Page, change: &str, mistake: &str) -> Outcome {
    Failure::change(change)
        .expected(format!("{ACTIVE} at least {HELD}, while {HELD} requests wait for the database"))
        .seen(pool_lines(in_use))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

/// What is wrong with a page that was read once all requests were answered.
fn resting(at_rest: &Page, change: &str, mistake: &str) -> Outcome {
    Failure::change(change)
        .expected(format!("{ACTIVE} 0 and {IDLE} at least 1, once {HELD} requests are answered that ran at once"))
        .seen(pool_lines(at_rest))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

fn pool_lines(page: &Page) -> Vec<String> {
    [ACTIVE, IDLE, MAX].iter().flat_map(|name| page.series(name)).map(|sample| sample.line.clone()).collect()
}
