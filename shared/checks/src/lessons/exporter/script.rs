//! What happens in the database before a snapshot of the exporter's page is taken: one table, and one open transaction.

use crate::exposition::Page;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

/// The one table.
pub(crate) const TABLE: &str = "shelf";

/// Does what there is to see, and returns the page on which it is.
pub(crate) async fn visit(exporter: &Exporter) -> Outcome<Page> {
    let mut session = exporter.database.connect().await?;
    session.run(&format!("DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} (id int PRIMARY KEY)")).await?;
    session.run("BEGIN").await?;
    let waits =
        [("datname", exporter.database.name.as_str()), ("state", "idle in transaction"), ("wait_event", "ClientRead")];
    let is_there = |page: &Page| page.matching("pg_stat_activity_count", &waits).next().is_some();
    let page = exporter.app.scrape_until(is_there).await?;
    session.close().await?;
    Ok(page)
}
