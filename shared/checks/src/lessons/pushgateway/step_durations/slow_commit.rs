//! A commit that takes long, and nothing else that does.

use exposition::Page;

use super::super::carts;
use super::super::group::last_push;
use super::super::names::{DURATION, STEP_DURATION};
use super::super::run::succeed;
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::Job;

/// On a busy machine, any step may take long for once.
const ATTEMPTS: usize = 3;

/// What SQLite keeps in its write-ahead log, and copies into the database with the next commit: 32 MB, which take
/// longer than all other steps.
const SQLITE: &str = "INSERT INTO ballast WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 32) SELECT zeroblob(1000000) FROM numbers";
/// PostgreSQL fires such a trigger at the commit.
const POSTGRES: [&str; 2] = [
    "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'",
    "CREATE CONSTRAINT TRIGGER slow AFTER DELETE ON carts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()",
];

/// Ends the check unless `commit` is the longest step of a run whose commit takes long.
pub(super) async fn is_seen(job: &Job) -> Outcome {
    for _ in 0..ATTEMPTS {
        let job = job.with_another_database().await?;
        carts::open(&job, 1, carts::OLD).await?;
        make_commits_slow(&job).await?;
        let page = succeed(&job).await?;
        if is_longest(&page) {
            return Ok(());
        }
    }
    let page = last_push(job).await?;
    Failure::change("Time the commit by a clock around its own `.await`.")
        .expected(format!("`commit` longer than `connect` and `expire` together, in a run whose commit takes long, and in one of {ATTEMPTS} at least"))
        .seen(family_lines(&page, STEP_DURATION))
        .seen(family_lines(&page, DURATION))
        .mistake("The clock is around something else than the commit: around nothing, around the end of the connection, or around another step. Or the commit comes later, behind the push.")
        .why("A commit that takes long is a disk that is ill, or a database with too much to write. No other step tells that.")
        .stop()
}

fn is_longest(page: &Page) -> bool {
    let [connect, expire, commit] =
        ["connect", "expire", "commit"].map(|step| page.sum(STEP_DURATION, &[("step", step)]));
    commit > connect + expire
}

/// Lets each commit of this database take longer than all else.
pub(in super::super) async fn make_commits_slow(job: &Job) -> Outcome {
    if !job.database.url().starts_with("sqlite") {
        for statement in POSTGRES {
            sqlx::query(statement).execute(job.store.pool()).await.map_err(Stop::not_run)?;
        }
        return Ok(());
    }
    let mut lock = job.lock_writes().await?;
    for statement in ["PRAGMA wal_autocheckpoint = 0", "CREATE TABLE ballast (content BLOB)", SQLITE] {
        sqlx::query(statement).execute(lock.connection()).await.map_err(Stop::not_run)?;
    }
    lock.commit().await.map_err(Stop::not_run)
}
