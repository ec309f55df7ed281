//! What there is to see in PostgreSQL: each value that the lesson names differs from all others and from 0, as far as
//! PostgreSQL can be brought to it. So whoever takes one for another shows a wrong number.
//!
//! Only `conflicts` stays 0, alone among its neighbours: nothing but a standby has any. The time of an autovacuum comes by
//! itself, and only on a server of the check's own, which can be told to hurry.

pub(crate) mod crowd;
mod databases;
pub(crate) mod locks;
pub(crate) mod tables;

use tokio::sync::{Mutex, OnceCell};

use self::crowd::Crowd;
use self::locks::Locks;
use super::watched::WatchedDatabase;
use crate::outcome::Outcome;

/// What there is, for as long as this value lives. Each part of it is made when the first check needs it.
#[derive(Default)]
pub(crate) struct Scene {
    busy: OnceCell<()>,
    statistics: OnceCell<()>,
    tables: OnceCell<()>,
    crowd: OnceCell<Mutex<Crowd>>,
    locks: OnceCell<Mutex<Locks>>,
}

impl Scene {
    /// Databases of which no two have the same statistics.
    pub(crate) async fn statistics(&self, database: &WatchedDatabase) -> Outcome {
        let prepare = || async {
            let busy = database.busy();
            let watched = databases::fill(database, &database.name, 1);
            let others = async {
                self.busy(database).await?;
                databases::fill(database, &busy, 2).await
            };
            tokio::try_join!(watched, others, databases::create_others(database))?;
            Ok(())
        };
        self.statistics.get_or_try_init(prepare).await.copied()
    }

    /// Tables in the watched database.
    pub(crate) async fn tables(&self, database: &WatchedDatabase) -> Outcome {
        self.tables.get_or_try_init(|| tables::fill(database)).await.copied()
    }

    /// The sessions of customers.
    pub(crate) async fn crowd(&self, database: &WatchedDatabase) -> Outcome<&Mutex<Crowd>> {
        let gather = || async {
            self.busy(database).await?;
            Crowd::gather(database).await.map(Mutex::new)
        };
        self.crowd.get_or_try_init(gather).await
    }

    /// Locks of customers in the busy database.
    pub(crate) async fn locks(&self, database: &WatchedDatabase) -> Outcome<&Mutex<Locks>> {
        let take = || async {
            self.busy(database).await?;
            Locks::take(database).await.map(Mutex::new)
        };
        self.locks.get_or_try_init(take).await
    }

    async fn busy(&self, database: &WatchedDatabase) -> Outcome {
        self.busy.get_or_try_init(|| databases::create_busy(database)).await.copied()
    }
}
