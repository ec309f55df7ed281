//! Carts in the shop's database, abandoned and not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shop::{Cart, Error, Item, Session};
use sqlx::{Any, AnyConnection, Executor};

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

/// Fills carts that nobody has touched for so long, all of them in one transaction.
pub(super) async fn open(job: &Job, count: usize, untouched: Duration) -> Outcome<Vec<Session>> {
    let items = job.store.list_items().await.map_err(Stop::not_run)?;
    if items.len() < LINES {
        return Err(Stop::not_run("the shop has too few items"));
    }
    let mut transaction = job.store.pool().begin().await.map_err(Stop::not_run)?;
    let mut sessions = Vec::new();
    for _ in 0..count {
        let session = Session::try_from(new_session()).map_err(Stop::not_run)?;
        fill(&mut transaction, &session, &items[..LINES], untouched).await.map_err(Stop::not_run)?;
        sessions.push(session);
    }
    transaction.commit().await.map_err(Stop::not_run)?;
    Ok(sessions)
}

async fn fill(
    database: &mut AnyConnection,
    session: &Session,
    items: &[Item],
    untouched: Duration,
) -> sqlx::Result<()> {
    let open = sqlx::query("INSERT INTO carts (session, created_at, updated_at) VALUES ($1, $2, $3)");
    let open = open.bind(session.as_str()).bind(now_minus(Duration::ZERO)).bind(now_minus(untouched));
    open.execute(&mut *database).await?;
    for item in items {
        let add = sqlx::query("INSERT INTO cart_items (session, item_id, quantity) VALUES ($1, $2, $3)");
        add.bind(session.as_str()).bind(item.id).bind(PIECES).execute(&mut *database).await?;
    }
    Ok(())
}

/// Lets a cart look as if somebody had touched it so long ago.
pub(super) async fn touch<'a>(
    database: impl Executor<'a, Database = Any>,
    session: &Session,
    untouched: Duration,
) -> Outcome {
    let touched = now_minus(untouched);
    let touch = sqlx::query("UPDATE carts SET updated_at = $1 WHERE session = $2");
    touch.bind(touched).bind(session.as_str()).execute(database).await.map_err(Stop::not_run)?;
    Ok(())
}

fn now_minus(duration: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(duration).as_secs().cast_signed()
}

/// Takes carts away by hand.
pub(super) async fn close(job: &Job, sessions: &[Session]) -> Outcome {
    for session in sessions {
        let close = sqlx::query("DELETE FROM carts WHERE session = $1").bind(session.as_str());
        close.execute(job.store.pool()).await.map_err(Stop::not_run)?;
    }
    Ok(())
}

/// Fills many carts at once, and returns how many they are.
pub(super) async fn open_many(job: &Job) -> Outcome<usize> {
    const MANY: usize = 2345;
    let touched = now_minus(OLD);
    let fill = sqlx::query(
        "INSERT INTO carts (session, created_at, updated_at) WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) SELECT 'one-of-many-' || CAST(n AS TEXT), $2, $2 FROM numbers",
    );
    let count = i64::try_from(MANY).map_err(Stop::not_run)?;
    fill.bind(count).bind(touched).execute(job.store.pool()).await.map_err(Stop::not_run)?;
    Ok(MANY)
}

/// How many carts there are, whoever has filled them.
pub(super) async fn count(job: &Job) -> Outcome<i64> {
    let count = sqlx::query_as("SELECT COUNT(*) FROM carts").fetch_one(job.store.pool()).await;
    let (count,) = count.map_err(Stop::not_run)?;
    Ok(count)
}

/// How many of these carts are still there.
pub(super) async fn left(job: &Job, sessions: &[Session]) -> Outcome<usize> {
    count_those(job, sessions, |_| true).await
}

/// How many of these carts are still there, with all that was in them.
pub(super) async fn whole(job: &Job, sessions: &[Session]) -> Outcome<usize> {
    count_those(job, sessions, |cart| {
        cart.items.len() == LINES && cart.items.iter().all(|line| line.quantity == PIECES)
    })
    .await
}

async fn count_those(job: &Job, sessions: &[Session], counts: impl Fn(&Cart) -> bool) -> Outcome<usize> {
    let mut count = 0;
    for session in sessions {
        match job.store.find_cart(session).await {
            Ok(cart) if counts(&cart) => count += 1,
            Ok(_) | Err(Error::CartNotFound(_)) => {}
            Err(error) => return Err(Stop::not_run(error)),
        }
    }
    Ok(count)
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
