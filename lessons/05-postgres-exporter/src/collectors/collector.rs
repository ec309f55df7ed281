//! What all collectors have in common.

use anyhow::Result;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use crate::families::Families;

/// Reads one view of PostgreSQL.
pub(super) trait Collector: Sync {
    /// The value of the label `collector`, as the official exporter has it.
    fn name(&self) -> &'static str;

    /// Reads the view now, and adds its series. Those that were added before an error stay on the page.
    fn collect<'a>(&'a self, connection: &'a mut PgConnection, families: &'a mut Families)
    -> BoxFuture<'a, Result<()>>;
}
