//! `pg_stat_activity`: who is connected, and what they do.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::{Descriptor, Families};
use crate::query::Query;

/// Each database has all states, so that a state without a connection is 0 rather than missing. Our own sessions are left
/// out: a scrape that counts itself would see an active connection for ever.
const ACTIVITY: Query = Query {
    sql: "
        SELECT
            database.datname::text AS datname,
            state.name AS state,
            activity.usename::text AS usename,
            activity.application_name AS application_name,
            activity.backend_type AS backend_type,
            activity.wait_event_type AS wait_event_type,
            activity.wait_event AS wait_event,
            count(activity.pid)::float8 AS pg_stat_activity_count,
            coalesce(max(extract(epoch FROM clock_timestamp() - activity.xact_start)), 0)::float8
                AS pg_stat_activity_max_tx_duration
        FROM pg_database AS database
        CROSS JOIN (
            VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
                ('fastpath function call'), ('disabled')
        ) AS state (name)
        LEFT JOIN pg_stat_activity AS activity
            ON activity.datid = database.oid
            AND activity.state = state.name
            AND activity.application_name <> current_setting('application_name')
        GROUP BY 1, 2, 3, 4, 5, 6, 7
        ORDER BY 1, 2",
    labels: &["datname", "state", "usename", "application_name", "backend_type", "wait_event_type", "wait_event"],
    metrics: &[
        Descriptor::gauge("pg_stat_activity_count", "Connections in this state."),
        Descriptor::gauge(
            "pg_stat_activity_max_tx_duration",
            "How long the oldest transaction of these connections has been open, in seconds.",
        ),
    ],
};

/// Reads the view.
pub(super) struct Activity;

impl Collector for Activity {
    fn name(&self) -> &'static str {
        "stat_activity"
    }

    fn collect<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        families: &'a mut Families,
    ) -> BoxFuture<'a, Result<()>> {
        ACTIVITY.read(connection, families).boxed()
    }
}
