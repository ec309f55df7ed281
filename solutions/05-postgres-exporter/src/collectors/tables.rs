//! `pg_stat_user_tables`: what happens to each table of the database that we are connected to.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::{Descriptor, Families};
use crate::query::Query;

/// A table without an index has null for its index scans, and one that was never vacuumed has null for the time. Both
/// are 0 in the official exporter.
const STATISTICS: Query = Query {
    sql: "
        SELECT
            current_database()::text AS datname,
            schemaname::text AS schemaname,
            relname::text AS relname,
            seq_scan::float8 AS pg_stat_user_tables_seq_scan,
            seq_tup_read::float8 AS pg_stat_user_tables_seq_tup_read,
            coalesce(idx_scan, 0)::float8 AS pg_stat_user_tables_idx_scan,
            coalesce(idx_tup_fetch, 0)::float8 AS pg_stat_user_tables_idx_tup_fetch,
            n_tup_ins::float8 AS pg_stat_user_tables_n_tup_ins,
            n_tup_upd::float8 AS pg_stat_user_tables_n_tup_upd,
            n_tup_del::float8 AS pg_stat_user_tables_n_tup_del,
            n_tup_hot_upd::float8 AS pg_stat_user_tables_n_tup_hot_upd,
            n_live_tup::float8 AS pg_stat_user_tables_n_live_tup,
            n_dead_tup::float8 AS pg_stat_user_tables_n_dead_tup,
            n_mod_since_analyze::float8 AS pg_stat_user_tables_n_mod_since_analyze,
            floor(extract(epoch FROM coalesce(last_vacuum, 'epoch')))::float8 AS pg_stat_user_tables_last_vacuum,
            floor(extract(epoch FROM coalesce(last_autovacuum, 'epoch')))::float8
                AS pg_stat_user_tables_last_autovacuum,
            floor(extract(epoch FROM coalesce(last_analyze, 'epoch')))::float8 AS pg_stat_user_tables_last_analyze,
            floor(extract(epoch FROM coalesce(last_autoanalyze, 'epoch')))::float8
                AS pg_stat_user_tables_last_autoanalyze,
            vacuum_count::float8 AS pg_stat_user_tables_vacuum_count,
            autovacuum_count::float8 AS pg_stat_user_tables_autovacuum_count,
            analyze_count::float8 AS pg_stat_user_tables_analyze_count,
            autoanalyze_count::float8 AS pg_stat_user_tables_autoanalyze_count
        FROM pg_stat_user_tables
        ORDER BY 2, 3",
    labels: &["datname", "schemaname", "relname"],
    metrics: &[
        Descriptor::counter("pg_stat_user_tables_seq_scan", "Sequential scans of this table."),
        Descriptor::counter("pg_stat_user_tables_seq_tup_read", "Rows that sequential scans read."),
        Descriptor::counter("pg_stat_user_tables_idx_scan", "Index scans of this table."),
        Descriptor::counter("pg_stat_user_tables_idx_tup_fetch", "Rows that index scans fetched."),
        Descriptor::counter("pg_stat_user_tables_n_tup_ins", "Rows that were inserted."),
        Descriptor::counter("pg_stat_user_tables_n_tup_upd", "Rows that were updated."),
        Descriptor::counter("pg_stat_user_tables_n_tup_del", "Rows that were deleted."),
        Descriptor::counter(
            "pg_stat_user_tables_n_tup_hot_upd",
            "Rows that were updated without a change of an index.",
        ),
        Descriptor::gauge("pg_stat_user_tables_n_live_tup", "Live rows, estimated."),
        Descriptor::gauge("pg_stat_user_tables_n_dead_tup", "Dead rows that wait for a vacuum, estimated."),
        Descriptor::gauge("pg_stat_user_tables_n_mod_since_analyze", "Rows changed since the last analyze, estimated."),
        Descriptor::gauge("pg_stat_user_tables_last_vacuum", "Last vacuum by hand, in seconds since 1970; 0 if never."),
        Descriptor::gauge("pg_stat_user_tables_last_autovacuum", "Last autovacuum, in seconds since 1970; 0 if never."),
        Descriptor::gauge(
            "pg_stat_user_tables_last_analyze",
            "Last analyze by hand, in seconds since 1970; 0 if never.",
        ),
        Descriptor::gauge(
            "pg_stat_user_tables_last_autoanalyze",
            "Last autoanalyze, in seconds since 1970; 0 if never.",
        ),
        Descriptor::counter("pg_stat_user_tables_vacuum_count", "Vacuums by hand."),
        Descriptor::counter("pg_stat_user_tables_autovacuum_count", "Vacuums by the autovacuum daemon."),
        Descriptor::counter("pg_stat_user_tables_analyze_count", "Analyzes by hand."),
        Descriptor::counter("pg_stat_user_tables_autoanalyze_count", "Analyzes by the autovacuum daemon."),
    ],
};

/// The functions of PostgreSQL that look at a table's files wait for whoever locks the table exclusively, its indexes, or
/// the table where its long values are, which has an index, too. So the sizes have a query of their own, and those that
/// would have to wait are null.
const SIZES: Query = Query {
    sql: "
        WITH locked AS (
            SELECT coalesce(pg_index.indrelid, pg_locks.relation) AS oid
            FROM pg_locks
            JOIN pg_database ON pg_database.oid = pg_locks.database AND pg_database.datname = current_database()
            LEFT JOIN pg_index ON pg_index.indexrelid = pg_locks.relation
            WHERE pg_locks.locktype = 'relation' AND pg_locks.mode = 'AccessExclusiveLock'
        )
        SELECT
            current_database()::text AS datname,
            tables.schemaname::text AS schemaname,
            tables.relname::text AS relname,
            CASE WHEN free THEN coalesce(pg_indexes_size(tables.relid), 0)::float8 END
                AS pg_stat_user_tables_index_size_bytes,
            CASE WHEN free THEN coalesce(pg_table_size(tables.relid), 0)::float8 END
                AS pg_stat_user_tables_table_size_bytes
        FROM pg_stat_user_tables AS tables
        JOIN pg_class ON pg_class.oid = tables.relid
        CROSS JOIN LATERAL (
            SELECT tables.relid NOT IN (SELECT oid FROM locked) AND reltoastrelid NOT IN (SELECT oid FROM locked)
        ) AS state (free)
        ORDER BY 2, 3",
    labels: &["datname", "schemaname", "relname"],
    metrics: &[
        Descriptor::gauge("pg_stat_user_tables_index_size_bytes", "The disk space of this table's indexes."),
        Descriptor::gauge("pg_stat_user_tables_table_size_bytes", "The disk space of this table, without its indexes."),
    ],
};

/// Reads the view.
pub(super) struct Tables;

impl Collector for Tables {
    fn name(&self) -> &'static str {
        "stat_user_tables"
    }

    fn collect<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        families: &'a mut Families,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            STATISTICS.read(connection, families).await?;
            SIZES.read_all(connection, families).await
        }
        .boxed()
    }
}
