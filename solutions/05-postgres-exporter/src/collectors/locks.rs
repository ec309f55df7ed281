//! `pg_locks`: which locks are held or waited for.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::{Descriptor, Families};
use crate::query::Query;

/// Each database has all modes, so that a mode without a lock is 0 rather than missing.
const LOCKS: Query = Query {
    sql: "
        SELECT
            database.datname::text AS datname,
            mode.name AS mode,
            count(locks.mode)::float8 AS pg_locks_count
        FROM pg_database AS database
        CROSS JOIN (
            VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
                ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'), ('sireadlock')
        ) AS mode (name)
        LEFT JOIN pg_locks AS locks
            ON locks.database = database.oid
            AND lower(locks.mode) = mode.name
        GROUP BY 1, 2
        ORDER BY 1, 2",
    labels: &["datname", "mode"],
    metrics: &[Descriptor::gauge("pg_locks_count", "Locks of this mode that are held or waited for.")],
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
