//! What happens in the database before a snapshot of the exporter's page is taken: one table, and one open transaction.

use exposition::Page;

use crate::outcome::Outcome;
use crate::subject::app::App;
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

/// The one table.
pub(crate) const TABLE: &str = "shelf";

/// Does what there is to see, and returns the page on which it is.
pub(crate) async fn visit(exporter: &Exporter) -> Outcome<Page> {
    let session = begin(exporter).await?;
    let page = page_of(exporter, &exporter.app).await?;
    session.close().await?;
    Ok(page)
}

/// The same, with the page of another exporter of the same database beside it.
pub(crate) async fn visit_both(exporter: &Exporter, other: &App) -> Outcome<[Outcome<Page>; 2]> {
    let session = begin(exporter).await?;
    let pages = [page_of(exporter, &exporter.app).await, page_of(exporter, other).await];
    session.close().await?;
    Ok(pages)
}

async fn begin(exporter: &Exporter) -> Outcome<Session> {
    let mut session = exporter.database.connect().await?;
    session.run(&format!("DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} (id int PRIMARY KEY)")).await?;
    session.run("BEGIN").await?;
    Ok(session)
}

async fn page_of(exporter: &Exporter, app: &App) -> Outcome<Page> {
    let waits =
        [("datname", exporter.database.name.as_str()), ("state", "idle in transaction"), ("wait_event", "ClientRead")];
    let is_there = |page: &Page| page.matching("pg_stat_activity_count", &waits).next().is_some();
    app.scrape_until(is_there).await
}
