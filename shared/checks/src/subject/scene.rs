//! What there is to see in PostgreSQL: each value that the lesson names differs from all others and from 0, as far as
//! PostgreSQL can be brought to it. So whoever takes one for another shows a wrong number.
//!
//! Only `conflicts` stays 0, alone among its neighbours: nothing but a standby has any. The time of an autovacuum comes by
//! itself, and only on a server of the check's own, which can be told to hurry.

pub(crate) mod crowd;
mod databases;
pub(crate) mod locks;
pub(crate) mod tables;

use tokio::sync::Mutex;

use self::crowd::Crowd;
use self::locks::Locks;
use super::watched::WatchedDatabase;
use crate::outcome::Outcome;

/// What there is, for as long as this value lives.
pub(crate) struct Scene {
    /// The sessions of customers.
    pub(crate) crowd: Mutex<Crowd>,
    /// Their locks.
    pub(crate) locks: Mutex<Locks>,
}

impl Scene {
    /// Makes databases, tables, sessions and locks, side by side.
    pub(crate) async fn prepare(database: &WatchedDatabase) -> Outcome<Self> {
        databases::create(database).await?;
        let busy = database.busy();
        let (crowd, locks, ..) = tokio::try_join!(
            Crowd::gather(database),
            Locks::take(database),
            databases::fill(database, &database.name, 1),
            databases::fill(database, &busy, 2),
            databases::visit_others(database),
            tables::fill(database),
        )?;
        Ok(Self { crowd: Mutex::new(crowd), locks: Mutex::new(locks) })
    }
}
