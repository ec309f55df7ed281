//! Carts in the shop's database, abandoned and not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shop::{CartAddition, Error, Session};

use super::run::ARGUMENTS;
use crate::outcome::{Outcome, Stop};
use crate::subject::app::new_session;
use crate::subject::job::{Job, Run};

/// For how long nobody has touched a cart that expires.
pub(super) const OLD: Duration = Duration::from_secs(2 * 60 * 60);
/// For how long nobody has touched a cart that stays.
pub(super) const YOUNG: Duration = Duration::from_secs(30 * 60);
/// A database that is not there.
pub(super) const NO_DATABASE: &str = "sqlite:/no/such/folder/shop.db";

/// Fills carts that nobody has touched for so long.
pub(super) async fn open(job: &Job, count: usize, untouched: Duration) -> Outcome<Vec<Session>> {
    let items = job.store.list_items().await.map_err(Stop::not_run)?;
    let item = items.first().ok_or_else(|| Stop::not_run("the shop has no items"))?;
    let addition = CartAddition { item_id: item.id, quantity: 1 };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let touched = now.saturating_sub(untouched).as_secs().cast_signed();
    let mut sessions = Vec::new();
    for _ in 0..count {
        let session = Session::try_from(new_session()).map_err(Stop::not_run)?;
        job.store.add_to_cart(&session, addition).await.map_err(Stop::not_run)?;
        let touch = sqlx::query("UPDATE carts SET updated_at = $1 WHERE session = $2");
        let touch = touch.bind(touched).bind(session.as_str()).execute(job.store.pool());
        touch.await.map_err(Stop::not_run)?;
        sessions.push(session);
    }
    Ok(sessions)
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

/// Runs the job while one of these carts cannot be deleted, because something else refers to it: the work fails
/// half-way, after it has found the carts.
pub(super) async fn run_on_disputed(job: &Job, sessions: &[Session]) -> Outcome<Run> {
    let disputed = sessions.last().map(Session::as_str).unwrap_or_default();
    execute(job, "CREATE TABLE disputes (session TEXT NOT NULL REFERENCES carts (session))").await?;
    let insert = sqlx::query("INSERT INTO disputes (session) VALUES ($1)").bind(disputed);
    insert.execute(job.store.pool()).await.map_err(Stop::not_run)?;
    let run = job.run(&ARGUMENTS).await;
    execute(job, "DROP TABLE disputes").await?;
    run
}

/// Runs the job on a database that is not there, with a gateway that is.
pub(super) async fn run_without_database(job: &Job) -> Outcome<Run> {
    job.run_with(&ARGUMENTS, NO_DATABASE, job.gateway.base_url()).await
}

async fn execute(job: &Job, sql: &'static str) -> Outcome {
    sqlx::query(sql).execute(job.store.pool()).await.map_err(Stop::not_run)?;
    Ok(())
}
