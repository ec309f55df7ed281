//! Queries of a database in trouble: each counts once, with the time for which it was waited.

use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;

use super::call::{Call, moved_by};
use super::hold::SHOWN;
use super::metric::{COUNT, SUM, page_lines};
use crate::exposition::Page;
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::App;
use crate::subject::troubled::Troubled;
use crate::trouble::Trouble;

const WHY: &str = "Without the queries that fail, the database looks best when it is at its worst.";
/// How long a query waits for a connection of the pool before it fails.
const ACQUIRE: Duration = Duration::from_millis(300);
/// How many queries wait for a connection in vain.
const WAITING: usize = 4;

/// A pool of one connection, for which nobody waits for long.
fn variables() -> Vec<(&'static str, String)> {
    vec![("DATABASE_MAX_CONNECTIONS", "1".into()), ("DATABASE_ACQUIRE_TIMEOUT_MS", ACQUIRE.as_millis().to_string())]
}

pub(super) async fn is_timed(app: &App) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, variables()).await? else { return Ok(()) };
    for (trouble, status) in [(Trouble::Refusing, 500), (Trouble::Gone, 503)] {
        troubled.restore().await?;
        // What a connection knows of the tables is from before the trouble.
        Call::get("/items", 200).send(troubled.app()).await?;
        troubled.bring_into(trouble).await?;
        for path in ["/items", "/items/1"] {
            let call = Call::get(path, status);
            call.is_timed_in_failure(&moved_by(troubled.app(), &call).await?)?;
        }
    }
    Ok(())
}

/// One query holds the only connection, and the others do not get it.
pub(super) async fn wait_in_vain_is_timed(app: &App) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, variables()).await? else { return Ok(()) };
    let app = App::at(troubled.app().base_url()).map_err(Stop::not_run)?;
    let path = "/items/1";
    Call::get(path, 200).send(&app).await?;
    let before = app.scrape().await?;
    troubled.bring_into(Trouble::Stalled).await?;
    let mut answers: FuturesUnordered<_> = (0..=WAITING).map(|_| app.get(path)).collect();
    for _ in 0..WAITING {
        answers.try_next().await?;
    }
    troubled.restore().await?;
    while answers.try_next().await?.is_some() {}
    let after = app.scrape().await?;
    each_counts(&before, &after)?;
    their_wait_counts(&before, &after)
}

fn each_counts(before: &Page, after: &Page) -> Outcome {
    let (asked, rise) = (WAITING as f64 + 1.0, rise(before, after, COUNT, &[]));
    if rise == asked {
        return Ok(());
    }
    Failure::change("Time each query once, also when it does not get a connection.")
        .expected(format!(
            "{COUNT} rises by {asked} after {asked} queries, {WAITING} of which found no free connection"
        ))
        .seen([format!("it rose by {rise}:")])
        .seen(page_lines(after, COUNT))
        .mistake("The observation is left out when the pool gives no connection in time, or it stands behind a `?`.")
        .why(WHY)
        .stop()
}

fn their_wait_counts(before: &Page, after: &Page) -> Outcome {
    let (waited, sum) = (WAITING as f64 * ACQUIRE.as_secs_f64(), rise(before, after, SUM, &[]));
    if sum >= waited * SHOWN {
        return Ok(());
    }
    Failure::change("Observe the whole time of a query that fails, the wait included.")
        .expected(format!("{SUM} rises by at least {waited:.2} when {WAITING} queries wait in vain for a connection, for {:.2} seconds each", ACQUIRE.as_secs_f64()))
        .seen([format!("the sum rose by {sum}:")])
        .seen(page_lines(after, SUM))
        .mistake("A failure is observed with another number, such as 0, or by a clock that starts when the connection is there.")
        .why(WHY)
        .stop()
}
