//! Carts in the shop's database, abandoned and not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shop::{CartAddition, Error, Session};
use sqlx::{Any, Executor};

use super::run::{ARGUMENTS, run_with};
use crate::outcome::{Outcome, Stop};
use crate::subject::app::new_session;
use crate::subject::job::{Job, Run};

/// For how long nobody has touched a cart that expires.
pub(super) const OLD: Duration = Duration::from_secs(2 * 60 * 60);
/// For how long nobody has touched a cart that stays.
pub(super) const YOUNG: Duration = Duration::from_secs(30 * 60);
/// How many products are in a cart, and how many pieces of each: neither is the number of carts.
const LINES: usize = 2;
const PIECES: i64 = 3;
/// A database that is not there.
pub(super) const NO_DATABASE: &str = "sqlite:/no/such/folder/shop.db";

/// Fills carts that nobody has touched for so long.
pub(super) async fn open(job: &Job, count: usize, untouched: Duration) -> Outcome<Vec<Session>> {
    let items = job.store.list_items().await.map_err(Stop::not_run)?;
    if items.len() < LINES {
        return Err(Stop::not_run("the shop has too few items"));
    }
    let mut sessions = Vec::new();
    for _ in 0..count {
        let session = Session::try_from(new_session()).map_err(Stop::not_run)?;
        for item in &items[..LINES] {
            let addition = CartAddition { item_id: item.id, quantity: PIECES };
            job.store.add_to_cart(&session, addition).await.map_err(Stop::not_run)?;
        }
        touch(job.store.pool(), &session, untouched).await?;
        sessions.push(session);
    }
    Ok(sessions)
}

/// Lets a cart look as if somebody had touched it so long ago.
pub(super) async fn touch<'a>(
    database: impl Executor<'a, Database = Any>,
    session: &Session,
    untouched: Duration,
) -> Outcome {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let touched = now.saturating_sub(untouched).as_secs().cast_signed();
    let touch = sqlx::query("UPDATE carts SET updated_at = $1 WHERE session = $2");
    touch.bind(touched).bind(session.as_str()).execute(database).await.map_err(Stop::not_run)?;
    Ok(())
}

/// How many of these carts are still there.
pub(super) async fn left(job: &Job, sessions: &[Session]) -> Outcome<usize> {
    let mut left = 0;
    for session in sessions {
        match job.store.find_cart(session).await {
            Ok(_) => left += 1,
            Err(Error::CartNotFound(_)) => {}
            Err(error) => return Err(Stop::not_run(error)),
        }
    }
    Ok(left)
}

/// When the database says no to the deletion of a cart to which something else refers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// As soon as it is deleted.
    AtOnce,
    /// At the commit.
    AtCommit,
}

/// Runs the job while one of these carts cannot be deleted, because something else refers to it: the work fails
/// half-way, after it has found the carts.
pub(super) async fn run_on_disputed(
    job: &Job,
    sessions: &[Session],
    refusal: Refusal,
    gateway_url: &str,
) -> Outcome<Run> {
    let disputed = sessions.last().map(Session::as_str).unwrap_or_default();
    let table = match refusal {
        Refusal::AtOnce => "CREATE TABLE disputes (session TEXT NOT NULL REFERENCES carts (session))",
        Refusal::AtCommit => {
            "CREATE TABLE disputes (session TEXT NOT NULL REFERENCES carts (session) DEFERRABLE INITIALLY DEFERRED)"
        }
    };
    execute(job, table).await?;
    let insert = sqlx::query("INSERT INTO disputes (session) VALUES ($1)").bind(disputed);
    insert.execute(job.store.pool()).await.map_err(Stop::not_run)?;
    let run = run_with(job, &ARGUMENTS, job.database.url(), gateway_url).await;
    execute(job, "DROP TABLE disputes").await?;
    run
}

async fn execute(job: &Job, sql: &'static str) -> Outcome {
    sqlx::query(sql).execute(job.store.pool()).await.map_err(Stop::not_run)?;
    Ok(())
}
