//! Locks of each mode in a database that is not the watched one, held and waited for.

use futures_util::future::try_join_all;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

use super::super::session::Session;
use super::super::watched::WatchedDatabase;
use super::crowd::end_sessions_of;
use crate::outcome::{Outcome, Stop};

/// The modes of `LOCK TABLE`, and on how many views each is held.
const MODES: [(&str, usize); 8] = [
    ("ACCESS SHARE", 1),
    ("ROW SHARE", 2),
    ("ROW EXCLUSIVE", 3),
    ("SHARE UPDATE EXCLUSIVE", 4),
    ("SHARE", 5),
    ("SHARE ROW EXCLUSIVE", 6),
    ("EXCLUSIVE", 7),
    ("ACCESS EXCLUSIVE", 8),
];
/// How many tables a serializable transaction has read.
const READ: usize = 12;
/// What the sessions call themselves.
const HOLDER: &str = "holder";
const WAITER: &str = "waiter";
/// By when the waiters have to wait.
const PATIENCE: Duration = Duration::from_secs(20);

/// The locks. They go with this value.
pub(crate) struct Locks {
    holder: Option<Session>,
    _waiters: JoinSet<()>,
}

impl Locks {
    pub(super) async fn take(database: &WatchedDatabase) -> Outcome<Self> {
        let (busy, users) = (database.busy(), database.customers());
        let mut holder = database.connect_as(&busy, &users[0], HOLDER).await?;
        for number in 1..=READ {
            holder.run(&format!("CREATE TABLE read_{number} (id int); CREATE VIEW view_{number} AS SELECT 1")).await?;
        }
        holder.run("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
        for number in 1..=READ {
            holder.run(&format!("SELECT FROM read_{number}")).await?;
        }
        for (mode, count) in MODES {
            let views: Vec<_> = (1..=count).map(|number| format!("view_{number}")).collect();
            holder.run(&format!("LOCK TABLE {} IN {mode} MODE", views.join(", "))).await?;
        }
        // A lock on no table is one, too.
        holder
            .run("SELECT pg_advisory_xact_lock(i), pg_advisory_xact_lock_shared(i) FROM generate_series(1, 9) AS i")
            .await?;
        let sessions = try_join_all(MODES.iter().map(|_| database.connect_as(&busy, &users[0], WAITER))).await?;
        let mut waiters = JoinSet::new();
        for (mut session, (mode, _)) in sessions.into_iter().zip(MODES) {
            // It ends with an error, when the session is ended.
            let lock = format!("BEGIN; LOCK TABLE view_1 IN {mode} MODE");
            waiters.spawn(async move { drop(session.try_run(&lock).await) });
        }
        if database.is_alone() {
            prepare(database).await?;
        }
        let locks = Self { holder: Some(holder), _waiters: waiters };
        locks.are_waited_for(database).await?;
        Ok(locks)
    }

    async fn are_waited_for(&self, database: &WatchedDatabase) -> Outcome {
        let mut session = database.connect().await?;
        let waiting = format!(
            "SELECT count(*)::float8 FROM pg_stat_activity WHERE application_name = '{WAITER}' AND wait_event_type = 'Lock'"
        );
        let deadline = Instant::now() + PATIENCE;
        while session.number(&waiting).await? < MODES.len() as f64 {
            if Instant::now() >= deadline {
                return Err(Stop::not_run("PostgreSQL does not show the sessions that wait for a lock"));
            }
            sleep(Duration::from_millis(20)).await;
        }
        session.close().await
    }

    /// Lets those go that a session holds.
    pub(crate) async fn release(&mut self, database: &WatchedDatabase) -> Outcome {
        self.holder = None;
        end_sessions_of(database, &[HOLDER, WAITER]).await
    }
}

/// Locks that no session holds any more: the transaction is prepared, and never ended.
async fn prepare(database: &WatchedDatabase) -> Outcome {
    let mut session = database.connect_to(&database.busy()).await?;
    session.run(&format!("BEGIN; LOCK TABLE view_{READ} IN SHARE ROW EXCLUSIVE MODE")).await?;
    session.run("PREPARE TRANSACTION 'prepared'").await?;
    session.close().await
}
