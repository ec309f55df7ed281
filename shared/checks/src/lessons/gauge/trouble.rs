//! The page while the database is gone, does not answer, or refuses: in time, whole, and without a lie. And after that.

use std::time::Duration;

use exposition::Page;
use futures_util::FutureExt;
use futures_util::future::{join, join_all, try_join_all};
use reqwest::Method;
use tokio::time::{Instant, sleep};

use super::open_carts::OPEN_CARTS;
use crate::lessons::lines::family_lines;
use crate::lessons::{parts, unanswered};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App, new_session};
use crate::subject::troubled::Troubled;
use crate::trouble::Trouble;

const WHY: &str = "When the database fails, everybody looks at the metrics. They have to be there, and they have to say that the number is not known.";
/// How long a page may take, whatever the database does: as the lesson's README has it.
const LIMIT: Duration = Duration::from_secs(2);
/// How many look at the page at once, and how long the last of them may wait on a machine that is busy: less than if one
/// waited for the other.
const SCRAPERS: usize = 10;
const LAST_LIMIT: Duration = Duration::from_secs(6);
/// Families that are made of what is in the database.
const OF_THE_DATABASE: &str = "cart_";

/// Each trouble, and what it is called in an explanation.
const TROUBLES: [(Trouble, &str); 3] = [
    (Trouble::Gone, "the database cannot be reached"),
    (Trouble::Stalled, "the database takes queries, and answers none"),
    (Trouble::Refusing, "the database answers queries with an error"),
];

/// A pool of one connection, for which requests wait for longer than a page may.
fn variables() -> Vec<(&'static str, String)> {
    vec![("DATABASE_MAX_CONNECTIONS", "1".into()), ("DATABASE_ACQUIRE_TIMEOUT_MS", "10000".into())]
}

/// Each trouble has an app and a database of its own, and so all are looked at at the same time.
pub(super) async fn is_told(app: &App) -> Outcome {
    let [gone, stalled, refusing] = TROUBLES.map(|(trouble, when)| is_told_of(app, trouble, when).boxed());
    parts::side_by_side([gone, stalled, refusing, is_told_without_carts(app).boxed()]).await
}

async fn is_told_of(app: &App, trouble: Trouble, when: &str) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, variables()).await? else { return Ok(()) };
    open_cart(troubled.app()).await?;
    let healthy = troubled.app().scrape_until(|page| page.sum(OPEN_CARTS, &[]) == 1.0).await?;
    troubled.bring_into(trouble).await?;
    for page in pages_in_time(troubled.app(), when).await? {
        is_whole(&healthy, &page, when)?;
        // The carts can be counted where only the catalogue is away.
        if trouble != Trouble::Refusing || page.sum(OPEN_CARTS, &[]) != 1.0 {
            is_not_known(&page, when)?;
        }
    }
    unanswered::scrapers_hang_up(troubled.app(), 2 * SCRAPERS).await?;
    troubled.restore().await?;
    open_cart(troubled.app()).await?;
    is_known_again(troubled.app(), 2.0, when).await?;
    if trouble != Trouble::Stalled {
        return Ok(());
    }
    open_cart(troubled.app()).await?;
    is_waited_for(&mut troubled, 3.0).await
}

/// For how long the database takes its time, and answers then: less than anybody waits for it.
const SLOW: Duration = Duration::from_millis(300);

/// Scrapers that come at once while the database is slow: each waits for the number of now.
async fn is_waited_for(troubled: &mut Troubled, expected: f64) -> Outcome {
    troubled.bring_into(Trouble::Stalled).await?;
    let (app, database) = troubled.parts();
    let answers = async {
        sleep(SLOW).await;
        database.restore().await.map_err(Stop::not_run)
    };
    let (pages, restored) = join(try_join_all((0..SCRAPERS).map(|_| app.scrape())), answers).await;
    restored?;
    let is_old = |page: &&Page| {
        let value = page.sum(OPEN_CARTS, &[]);
        !value.is_nan() && value != expected
    };
    let Some(old) = pages?.into_iter().find(|page| is_old(&page)) else { return Ok(()) };
    Failure::change("Give each scrape the number of now, also where another scrape asks at the same time.")
        .expected(format!("{OPEN_CARTS} {expected}, or NaN, on each of {SCRAPERS} pages that are asked for at once, while the database takes {} ms to answer", SLOW.as_millis()))
        .seen(family_lines(&old, OPEN_CARTS))
        .mistake("While one scrape asks the database, the others do not, and show the value of the scrape before.")
        .why("Two Prometheus servers scrape each service, so that one may fail. One of them would see old numbers, and nobody could say which.")
        .stop()
}

async fn open_cart(app: &App) -> Outcome {
    let product = app.product().await?;
    app.add_to_cart(&new_session(), product.id, 1).await?.expect_status(200).map(drop)
}

const CARTS_AWAY: &str = "ALTER TABLE carts RENAME TO carts_away";
const CARTS_BACK: &str = "ALTER TABLE carts_away RENAME TO carts";

/// The catalogue can be read, and the carts cannot: what is asked first has its answer.
async fn is_told_without_carts(app: &App) -> Outcome {
    const WHEN: &str = "the database answers the count of carts with an error";
    let Ok(database) = app.database() else { return Ok(()) };
    let open = database.open_carts().await.map_err(Stop::not_run)? as f64;
    let healthy = app.scrape().await?;
    database.execute(&[CARTS_AWAY]).await.map_err(Stop::not_run)?;
    for page in pages_in_time(app, WHEN).await? {
        is_whole(&healthy, &page, WHEN)?;
        is_not_known(&page, WHEN)?;
    }
    database.execute(&[CARTS_BACK]).await.map_err(Stop::not_run)?;
    is_known_again(app, open, WHEN).await
}

async fn is_known_again(app: &App, expected: f64, when: &str) -> Outcome {
    let page = app.scrape_until(|page| page.sum(OPEN_CARTS, &[]) == expected).await?;
    if page.sum(OPEN_CARTS, &[]) == expected {
        return Ok(());
    }
    Failure::change("Ask the database again at the next scrape, whatever it answered before.")
        .expected(format!("{OPEN_CARTS} {expected}, a few seconds after the end of the time when {when}"))
        .seen(family_lines(&page, OPEN_CARTS))
        .mistake("What reads the carts has ended with the first error, leaves the database alone for a while, or holds a connection that is broken. Or a scraper that hung up meanwhile has left something behind, such as a lock that is held or a number that is too high.")
        .why("An outage that lasts until somebody restarts the shop is two outages.")
        .stop()
}

/// Many scrapes at once. Returns all of their pages.
async fn pages_in_time(app: &App, when: &str) -> Outcome<Vec<Page>> {
    match pages_at_once(app, when).await {
        // A machine that is busy may be late once.
        Err(Stop::Failed(_)) => pages_at_once(app, when).await,
        outcome => outcome,
    }
}

async fn pages_at_once(app: &App, when: &str) -> Outcome<Vec<Page>> {
    let scrapes = join_all((0..SCRAPERS).map(|_| async {
        let started = Instant::now();
        (app.try_send(Method::GET, "/metrics", None).await, started.elapsed())
    }));
    let scrapes = scrapes.await;
    let quickest = scrapes.iter().map(|(_, elapsed)| *elapsed).min().unwrap_or_default();
    let slowest = scrapes.iter().map(|(_, elapsed)| *elapsed).max().unwrap_or_default();
    if quickest > LIMIT {
        return too_late(when).stop();
    }
    if slowest > LAST_LIMIT {
        return one_after_the_other(when).stop();
    }
    scrapes.into_iter().map(|(answer, _)| page_of(answer, when)).collect()
}

fn page_of(answer: reqwest::Result<Answer>, when: &str) -> Outcome<Page> {
    let seen = match answer {
        Ok(answer) if answer.status == 200 => return answer.page(),
        Ok(answer) => answer.lines(),
        Err(error) => vec![format!("GET /metrics -> {error}")],
    };
    Failure::change("Answer with the page although the database fails.")
        .expected(format!("200 for GET /metrics while {when}"))
        .seen(seen)
        .mistake("The handler of /metrics ends with the error of its query: by a `?`, or by an `unwrap`.")
        .why(WHY)
        .stop()
}

fn too_late(when: &str) -> Failure {
    Failure::change("Wait for the database for a second at most, and then send the page without it.")
        .expected(format!("a page within {} seconds while {when}", LIMIT.as_secs()))
        .seen([format!("none of {SCRAPERS} scrapes was answered within {} seconds", LIMIT.as_secs())])
        .mistake("The query of the scrape has no time limit, or a long one, or each of several queries has one of its own. The wait for a connection of the pool needs a limit, too.")
        .why("Prometheus gives up after some seconds. Then all metrics of the shop are lost, while the database is in trouble.")
}

fn one_after_the_other(when: &str) -> Failure {
    Failure::change("Let scrapes wait for the database at the same time, not one after the other.")
        .expected(format!("{SCRAPERS} scrapes at once that take little longer than one, while {when}"))
        .seen([format!("the last of them came after more than {} seconds", LAST_LIMIT.as_secs())])
        .mistake("A lock is held while the database is asked, so that each scrape waits for the one before.")
        .why("Two Prometheus servers and a colleague with curl: the last of them sees nothing, just when something is wrong.")
}

/// All that needs no database is there.
fn is_whole(healthy: &Page, page: &Page, when: &str) -> Outcome {
    let needs_none = healthy.families.iter().filter(|family| !family.name.starts_with(OF_THE_DATABASE));
    let missing: Vec<_> = needs_none
        .filter(|family| page.family(&family.name).map_or(0, |family| family.samples.len()) < family.samples.len())
        .collect();
    let Some(first) = missing.first() else { return Ok(()) };
    Failure::change(format!("Show `{}` although the database fails.", first.name))
        .expected(format!("everything that needs no database, while {when}"))
        .seen(["these are missing, or lack some of their series:".to_owned()])
        .seen(missing.iter().map(|family| family.name.clone()))
        .mistake(
            "The handler of /metrics leaves by another way when its query fails, and sends only a part of the page.",
        )
        .why(WHY)
        .stop()
}

/// The number of open carts is not a number.
fn is_not_known(page: &Page, when: &str) -> Outcome {
    let value = page.series(OPEN_CARTS).next().map(|sample| sample.value);
    let (change, mistake) = match value {
        Some(value) if value.is_nan() => return Ok(()),
        None => (
            "Keep `cart_sessions_active` on the page when nobody knows its value.",
            "The gauge is left out, or has no series any more. A query of it then finds nothing, and an alert on it never fires.",
        ),
        Some(0.0) => (
            "Set `cart_sessions_active` to NaN, and not to 0, when the database does not answer.",
            "The error is turned into a 0, as `unwrap_or(0)` and `unwrap_or_default()` do. Nobody can tell it from a shop without carts.",
        ),
        Some(1.0) => (
            "Set `cart_sessions_active` to NaN when the database does not answer.",
            "The gauge keeps the value of the last scrape that had an answer: an error leaves it as it is. Or a scrape does not ask at all while another one does.",
        ),
        Some(_) => (
            "Set `cart_sessions_active` to NaN when the database does not answer.",
            "Another number stands for an error. NaN is the one that no arithmetic takes for a value.",
        ),
    };
    Failure::change(change)
        .expected(format!("{OPEN_CARTS} NaN, while {when}"))
        .seen(family_lines(page, OPEN_CARTS))
        .mistake(mistake)
        .why(WHY)
        .stop()
}
