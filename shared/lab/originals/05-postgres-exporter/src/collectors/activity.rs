//! `pg_stat_activity`: who is connected, and what they do.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::Families;
use crate::query::Query;

/// Each database has all states, so that a state without a connection is 0 rather than missing.
//
// TODO (step 2): join the sessions to these rows. Which kind of join keeps a state that nobody is in, and what do you
// count, so that it is 0? And who is always active, whenever this query runs?
//
// TODO (step 2): tell kinds of sessions apart, by five more labels. Which columns are safe, and which would never stop
// making new series?
//
// TODO (step 2): add `pg_stat_activity_count` and `pg_stat_activity_max_tx_duration`.
const ACTIVITY: Query = Query {
    sql: "
        SELECT
            database.datname::text AS datname,
            state.name AS state
        FROM pg_database AS database
        CROSS JOIN (
            VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
                ('fastpath function call'), ('disabled')
        ) AS state (name)
        ORDER BY 1, 2",
    labels: &["datname", "state"],
    metrics: &[],
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
