//! The page while the database is gone, does not answer, or refuses: in time, whole, and without a lie.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use tokio::time::Instant;

use super::open_carts::OPEN_CARTS;
use crate::exposition::Page;
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, new_session};
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
    let told = join_all(TROUBLES.map(|(trouble, when)| is_told_of(app, trouble, when))).await;
    told.into_iter().collect()
}

async fn is_told_of(app: &App, trouble: Trouble, when: &str) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, variables()).await? else { return Ok(()) };
    let product = troubled.app().product().await?;
    troubled.app().add_to_cart(&new_session(), product.id, 1).await?.expect_status(200)?;
    let healthy = troubled.app().scrape_until(|page| page.sum(OPEN_CARTS, &[]) == 1.0).await?;
    troubled.bring_into(trouble).await?;
    let page = page_in_time(troubled.app(), when).await?;
    is_whole(&healthy, &page, when)?;
    // The carts can be counted where only the catalogue is away.
    if trouble == Trouble::Refusing && page.sum(OPEN_CARTS, &[]) == 1.0 {
        return Ok(());
    }
    is_not_known(&page, when)
}

/// Many scrapes at once. Returns one of their pages.
async fn page_in_time(app: &App, when: &str) -> Outcome<Page> {
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
    let Some((Ok(answer), _)) = scrapes.into_iter().next() else { return too_late(when).stop() };
    if answer.status != 200 {
        return Failure::change("Answer with the page although the database fails.")
            .expected(format!("200 for GET /metrics while {when}"))
            .seen(answer.lines())
            .mistake("The handler of /metrics ends with the error of its query: by a `?`, or by an `unwrap`.")
            .why(WHY)
            .stop();
    }
    answer.page()
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
            "The gauge keeps the value of the last scrape that had an answer: an error leaves it as it is.",
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
