//! `pg_locks`: which locks are held or waited for.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::Families;
use crate::query::Query;

/// Each database has all modes, so that a mode without a lock is 0 rather than missing.
//
// TODO (step 3): join `pg_locks`, and add `pg_locks_count`. Look at `mode` in psql first: is it written as here? And
// does a lock count that nobody holds yet, because its session waits?
const LOCKS: Query = Query {
    sql: "
        SELECT
            database.datname::text AS datname,
            mode.name AS mode
        FROM pg_database AS database
        CROSS JOIN (
            VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
                ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'), ('sireadlock')
        ) AS mode (name)
        ORDER BY 1, 2",
    labels: &["datname", "mode"],
    metrics: &[],
};

/// Reads the view.
pub(super) struct Locks;

impl Collector for Locks {
    fn name(&self) -> &'static str {
        "locks"
    }

    fn collect<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        families: &'a mut Families,
    ) -> BoxFuture<'a, Result<()>> {
        LOCKS.read(connection, families).boxed()
    }
}
