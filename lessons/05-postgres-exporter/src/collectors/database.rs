//! `pg_stat_database` and `pg_database`: what happens in each database, and how large it is.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::{Descriptor, Families};
use crate::query::Query;

// TODO (step 1): `numbackends`, `xact_commit`, `stats_reset` and `active_time` are missing. Each needs a column in the
// SQL, and a `Descriptor` below. Is it a counter or a gauge? Is it in seconds? What if it is null?
//
// TODO (step 1): one row has no `datname`. Look at it in psql: does it belong on the page?
const STATISTICS: Query = Query {
    sql: "
        SELECT
            datid::text AS datid,
            datname::text AS datname,
            xact_rollback::float8 AS pg_stat_database_xact_rollback,
            blks_read::float8 AS pg_stat_database_blks_read,
            blks_hit::float8 AS pg_stat_database_blks_hit,
            tup_returned::float8 AS pg_stat_database_tup_returned,
            tup_fetched::float8 AS pg_stat_database_tup_fetched,
            tup_inserted::float8 AS pg_stat_database_tup_inserted,
            tup_updated::float8 AS pg_stat_database_tup_updated,
            tup_deleted::float8 AS pg_stat_database_tup_deleted,
            conflicts::float8 AS pg_stat_database_conflicts,
            temp_files::float8 AS pg_stat_database_temp_files,
            temp_bytes::float8 AS pg_stat_database_temp_bytes,
            deadlocks::float8 AS pg_stat_database_deadlocks,
            blk_read_time AS pg_stat_database_blk_read_time,
            blk_write_time AS pg_stat_database_blk_write_time
        FROM pg_stat_database
        ORDER BY 2",
    labels: &["datid", "datname"],
    metrics: &[
        Descriptor::counter("pg_stat_database_xact_rollback", "Transactions that were rolled back."),
        Descriptor::counter("pg_stat_database_blks_read", "Blocks that were read from the disk or the system's cache."),
        Descriptor::counter("pg_stat_database_blks_hit", "Blocks that were found in PostgreSQL's own cache."),
        Descriptor::counter("pg_stat_database_tup_returned", "Rows that were read by scans."),
        Descriptor::counter("pg_stat_database_tup_fetched", "Rows that were fetched by index scans."),
        Descriptor::counter("pg_stat_database_tup_inserted", "Rows that were inserted."),
        Descriptor::counter("pg_stat_database_tup_updated", "Rows that were updated."),
        Descriptor::counter("pg_stat_database_tup_deleted", "Rows that were deleted."),
        Descriptor::counter("pg_stat_database_conflicts", "Queries of a standby that recovery cancelled."),
        Descriptor::counter("pg_stat_database_temp_files", "Temporary files that queries made."),
        Descriptor::counter("pg_stat_database_temp_bytes", "Bytes that were written to temporary files."),
        Descriptor::counter("pg_stat_database_deadlocks", "Deadlocks that were found."),
        Descriptor::counter("pg_stat_database_blk_read_time", "Time spent on reading blocks, in milliseconds."),
        Descriptor::counter("pg_stat_database_blk_write_time", "Time spent on writing blocks, in milliseconds."),
    ],
};

/// PostgreSQL tells the size of a database to whoever may connect to it, or may read all statistics. One that we may not
/// ask for is null: to ask would end the query, and with it the sizes of all others.
const SIZE: Query = Query {
    sql: "
        SELECT
            datname::text AS datname,
            CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
                THEN coalesce(pg_database_size(oid), 0)::float8
            END AS pg_database_size_bytes
        FROM pg_database
        ORDER BY 1",
    labels: &["datname"],
    metrics: &[Descriptor::gauge("pg_database_size_bytes", "The disk space that this database takes.")],
};

/// Reads both views.
pub(super) struct Database;

impl Collector for Database {
    fn name(&self) -> &'static str {
        "database"
    }

    fn collect<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        families: &'a mut Families,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            STATISTICS.read(connection, families).await?;
            SIZE.read_all(connection, families).await
        }
        .boxed()
    }
}
