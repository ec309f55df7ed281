//! Customers of the database: sessions in each state, by several roles and programs.

use futures_util::future::try_join_all;
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep};

use super::super::session::{Session, literal};
use super::super::watched::WatchedDatabase;
use crate::outcome::Outcome;

/// How much older a session is than its transaction, and that than its last query: more than a look at them takes.
pub(crate) const PAUSE: Duration = Duration::from_millis(500);
/// Longer than any check.
const SLEEP: &str = "SELECT pg_sleep(600)";
/// Has the next query done by a process of PostgreSQL's own, a parallel worker. The setting has another name since
/// version 16.
const IN_PARALLEL: &str = "SELECT set_config(name, 'on', false) FROM pg_settings \
     WHERE name IN ('force_parallel_mode', 'debug_parallel_query')";

/// What a session does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    HoldTransaction,
    HoldFailedTransaction,
    Sleep,
    SleepInParallel,
    ReportNothing,
}

/// How many do what in the watched database, and in the other one: no two counts of a database are alike.
const COUNTS: [(Does, [usize; 2]); 6] = [
    (Does::Nothing, [1, 4]),
    (Does::HoldTransaction, [2, 3]),
    (Does::HoldFailedTransaction, [3, 2]),
    (Does::Sleep, [4, 1]),
    (Does::SleepInParallel, [1, 0]),
    (Does::ReportNothing, [5, 0]),
];

/// The sessions. They end with this value.
pub(crate) struct Crowd {
    held: Vec<(Does, Session)>,
    _asleep: JoinSet<()>,
}

impl Crowd {
    pub(super) async fn gather(database: &WatchedDatabase) -> Outcome<Self> {
        let mut sessions = try_join_all(members(database).map(|(does, name, number)| async move {
            let users = database.customers();
            let programs = programs();
            // Two of each user, so that some labels have several sessions.
            let pair = number / 2;
            let (user, program) = (&users[pair % users.len()], programs[pair % programs.len()]);
            database.connect_as(&name, user, program).await.map(|session| (does, number, session))
        }))
        .await?;
        // The first of a pair is older than the second.
        for is_first in [true, false] {
            sleep(PAUSE).await;
            for (does, number, session) in &mut sessions {
                if (*number % 2 == 0) == is_first {
                    does.begin(session).await?;
                }
            }
        }
        sleep(PAUSE).await;
        let mut asleep = JoinSet::new();
        let mut held = Vec::new();
        for (does, _, mut session) in sessions {
            if matches!(does, Does::Sleep | Does::SleepInParallel) {
                // It ends with an error, when the session is ended.
                asleep.spawn(async move { drop(session.try_run(SLEEP).await) });
            } else {
                held.push((does, session));
            }
        }
        let mut crowd = Self { held, _asleep: asleep };
        crowd.ask_again().await?;
        Ok(crowd)
    }

    /// A query in each transaction that is open, so that it is younger than its transaction.
    pub(crate) async fn ask_again(&mut self) -> Outcome {
        for (does, session) in &mut self.held {
            if *does == Does::HoldTransaction {
                session.run("SELECT 1").await?;
            }
        }
        Ok(())
    }

    /// Ends all sessions, and waits until PostgreSQL knows it.
    pub(crate) async fn leave(&mut self, database: &WatchedDatabase) -> Outcome {
        self.held.clear();
        end_sessions_of(database, &programs()).await
    }
}

/// Ends the customers' sessions of these programs.
pub(super) async fn end_sessions_of(database: &WatchedDatabase, programs: &[&str]) -> Outcome {
    let texts =
        |texts: &mut dyn Iterator<Item = String>| texts.map(|text| literal(&text)).collect::<Vec<_>>().join(", ");
    let users = texts(&mut database.customers().into_iter());
    let programs = texts(&mut programs.iter().map(|program| (*program).to_owned()));
    let mut session = database.connect().await?;
    let sessions = format!("pg_stat_activity WHERE usename IN ({users}) AND application_name IN ({programs})");
    while session.number(&format!("SELECT count(pg_terminate_backend(pid))::float8 FROM {sessions}")).await? > 0.0 {
        sleep(Duration::from_millis(20)).await;
    }
    session.close().await
}

/// What they call themselves. An empty name is a name, too.
fn programs() -> [&'static str; 4] {
    ["", "postgres-exporters' friend", "Kasse \"2\" \\ 100%, {a=\"b\"}", "kasse"]
}

fn members(database: &WatchedDatabase) -> impl Iterator<Item = (Does, String, usize)> {
    let names = [database.name.clone(), database.busy()];
    let each = COUNTS.into_iter().flat_map(|(does, counts)| {
        counts.into_iter().enumerate().flat_map(move |(name, count)| (0..count).map(move |number| (does, name, number)))
    });
    each.map(move |(does, name, number)| (does, names[name].clone(), number))
}

impl Does {
    async fn begin(self, session: &mut Session) -> Outcome {
        match self {
            Self::HoldTransaction => session.run("BEGIN").await,
            Self::HoldFailedTransaction => {
                session.run("BEGIN").await?;
                // It has to fail: that is how a transaction becomes an aborted one.
                let _ = session.try_run("SELECT 1 / 0").await;
                Ok(())
            }
            Self::SleepInParallel => session.run(IN_PARALLEL).await,
            Self::ReportNothing => session.run("SET track_activities = off").await,
            Self::Nothing | Self::Sleep => Ok(()),
        }
    }
}
