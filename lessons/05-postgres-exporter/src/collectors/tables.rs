//! `pg_stat_user_tables`: what happens to each table of the database that we are connected to.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::{Descriptor, Families};
use crate::query::Query;

/// A table that was never vacuumed has null for the time, which is 0 in the official exporter.
//
// TODO (step 5): `n_tup_ins`, `n_dead_tup` and `idx_scan` are missing. Which of them also goes down? And what does a
// table have that has no index?
const STATISTICS: Query = Query {
    sql: "
        SELECT
            current_database()::text AS datname,
            schemaname::text AS schemaname,
            relname::text AS relname,
            seq_scan::float8 AS pg_stat_user_tables_seq_scan,
            seq_tup_read::float8 AS pg_stat_user_tables_seq_tup_read,
            coalesce(idx_tup_fetch, 0)::float8 AS pg_stat_user_tables_idx_tup_fetch,
            n_tup_upd::float8 AS pg_stat_user_tables_n_tup_upd,
            n_tup_del::float8 AS pg_stat_user_tables_n_tup_del,
            n_tup_hot_upd::float8 AS pg_stat_user_tables_n_tup_hot_upd,
            n_live_tup::float8 AS pg_stat_user_tables_n_live_tup,
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
        Descriptor::counter("pg_stat_user_tables_idx_tup_fetch", "Rows that index scans fetched."),
        Descriptor::counter("pg_stat_user_tables_n_tup_upd", "Rows that were updated."),
        Descriptor::counter("pg_stat_user_tables_n_tup_del", "Rows that were deleted."),
        Descriptor::counter(
            "pg_stat_user_tables_n_tup_hot_upd",
            "Rows that were updated without a change of an index.",
        ),
        Descriptor::gauge("pg_stat_user_tables_n_live_tup", "Live rows, estimated."),
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

// TODO (step 5): add `pg_stat_user_tables_index_size_bytes` and `pg_stat_user_tables_table_size_bytes`, which are
// `pg_indexes_size(relid)` and `pg_table_size(relid)`. They wait for whoever has locked the table. So decide: in the query
// above, or in one of their own? What was added before an error stays on the page.

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
        STATISTICS.read(connection, families).boxed()
    }
}
