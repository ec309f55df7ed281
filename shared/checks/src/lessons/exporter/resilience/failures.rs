//! A collector that fails, because its view may not be read.

use exposition::Page;
use futures_util::future::join_all;

use super::collectors::{COLLECTORS, Collected, require_others, require_word_of_failure, scrape_without, work_again};
use super::connections::{AT_ONCE, FAILURES, stay_few};
use super::instance::{Instance, create_database};
use crate::lessons::exporter::lines::lines;
use crate::lessons::exporter::names::UP;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

/// Views that one collector alone has a reason to read.
const VIEWS: [&str; 3] = ["pg_locks", "pg_settings", "pg_stat_user_tables"];

pub(super) async fn leave_other_collectors_alone(exporter: &Exporter) -> Outcome {
    let database = create_database(exporter, "failures").await?;
    let session = &mut exporter.database.connect_to(&database).await?;
    let Instance { app, .. } = &Instance::start(exporter, &database).await?;
    for collected in COLLECTORS.iter().filter(|collected| VIEWS.contains(&collected.view)) {
        let page = scrape_unable(app, session, collected.view).await?;
        let when = format!("the exporter may not read `{}`", collected.view);
        require_others(&page, collected.view, &when)?;
        is_up(&page, &when)?;
        fails_alone(&page, collected, &when)?;
    }
    failures_cost_no_connection(exporter, app, session).await?;
    work_again(app, "a query that failed").await
}

/// More failures than the exporter may have connections, one after the other and at once: scrapes that come at the same time
/// may share one.
async fn failures_cost_no_connection(exporter: &Exporter, app: &App, session: &mut Session) -> Outcome {
    session.run("REVOKE SELECT ON pg_catalog.pg_locks FROM PUBLIC").await?;
    let failed = async {
        for _ in 0..AT_ONCE {
            app.get("/metrics").await?.page()?;
        }
        for answer in join_all((0..AT_ONCE).map(|_| app.get("/metrics"))).await {
            answer?.page()?;
        }
        Ok(())
    };
    let failed = failed.await;
    session.run("GRANT SELECT ON pg_catalog.pg_locks TO PUBLIC").await?;
    failed?;
    stay_few(exporter, session, FAILURES).await
}

async fn scrape_unable(app: &App, session: &mut Session, view: &str) -> Outcome<Page> {
    session.run(&format!("REVOKE SELECT ON pg_catalog.{view} FROM PUBLIC")).await?;
    let page = scrape_without(view, || app.scrape()).await;
    session.run(&format!("GRANT SELECT ON pg_catalog.{view} TO PUBLIC")).await?;
    page
}

pub(super) fn is_up(page: &Page, when: &str) -> Outcome {
    if page.value(UP, &[]) == Some(1.0) {
        return Ok(());
    }
    Failure::change(format!("Leave `{UP}` at 1 as long as the database answers."))
        .expected(format!("{UP} 1, when {when}"))
        .seen(lines(page, UP, &[]))
        .mistake("Any error of any query is taken for a database that is down.")
        .why("A missing right is repaired by one statement, an outage by a night without sleep. The page must not mix them up.")
        .stop()
}

/// Whoever gets the values without the view has nothing to confess.
pub(super) fn fails_alone(page: &Page, collected: &Collected, when: &str) -> Outcome {
    if page.series(collected.metric).next().is_some() {
        return Ok(());
    }
    require_word_of_failure(page, collected, when)
}
