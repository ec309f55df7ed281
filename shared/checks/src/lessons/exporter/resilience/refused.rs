//! A server that runs and gives no session: it has no such database or no such role, or hangs up.

use exposition::Page;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::outage::{WHY, is_up, nothing_is_stale, start};
use super::scrape::{ANNOUNCED, scrape_in_time};
use crate::launch::Settings;
use crate::lessons::exporter::lines::lines;
use crate::lessons::exporter::names::UP;
use crate::lessons::exporter::own::scrapes_are_counted;
use crate::outcome::{Failure, Outcome, Stop};
use crate::ports::KeptPort;
use crate::services::link::Link;
use crate::subject::app::App;
use crate::subject::exporter::Exporter;

/// Why there is no session, and how that ends, if it does.
struct Refusal {
    address: String,
    user: String,
    database: String,
    when: &'static str,
    /// The statement after which there is one.
    mended_by: Option<String>,
}

/// Each of an exporter of its own.
pub(super) async fn session_is_an_outage(exporter: &Exporter) -> Outcome {
    let unused = KeptPort::new().map_err(Stop::not_run)?;
    let refusals = refusals(exporter, &unused);
    join_all(refusals.iter().map(|refusal| is_shown(exporter, refusal))).await.into_iter().collect()
}

fn refusals(exporter: &Exporter, unused: &KeptPort) -> [Refusal; 3] {
    let (name, address) = (&exporter.database.name, exporter.database.address());
    let [absent, nobody] = ["absent", "nobody"].map(|suffix| format!("{name}_{suffix}"));
    let nobody_listens = format!("127.0.0.1:{}", unused.number());
    let create = format!("CREATE ROLE {nobody} LOGIN PASSWORD '{}' IN ROLE pg_monitor", exporter.database.password);
    [
        Refusal {
            address: address.clone(),
            user: name.clone(),
            database: absent.clone(),
            when: "the server has no database of that name",
            mended_by: Some(format!("CREATE DATABASE {absent}")),
        },
        Refusal {
            address,
            user: nobody.clone(),
            database: name.clone(),
            when: "the server has no role of that name",
            mended_by: Some(create),
        },
        Refusal {
            address: nobody_listens,
            user: name.clone(),
            database: name.clone(),
            when: "each connection is closed at once",
            mended_by: None,
        },
    ]
}

async fn is_shown(exporter: &Exporter, refusal: &Refusal) -> Outcome {
    let Refusal { address, user, database, when, mended_by } = refusal;
    let link = Link::to(address).await.map_err(Stop::not_run)?;
    let password = &exporter.database.password;
    let database_url = format!("postgres://{user}:{password}@{}/{database}", link.address());
    let running = start(exporter, &Settings { database_url, replicas: 1, ..Settings::default() }).await?;
    let app = App::at(&running.base_urls[0]).map_err(Stop::not_run)?;
    let page = scrape_in_time(&app, ANNOUNCED, when).await?;
    if page.value(UP, &[]) != Some(0.0) {
        return counts_as_up(&page, when).stop();
    }
    nothing_is_stale(&page)?;
    let started = Instant::now();
    let next = scrape_in_time(&app, ANNOUNCED, when).await?;
    scrapes_are_counted(&page, &next, started.elapsed().as_secs_f64())?;
    let Some(statement) = mended_by else { return Ok(()) };
    let mut session = exporter.database.connect().await?;
    session.run(statement).await?;
    let page = app.scrape_until(is_up).await?;
    if is_up(&page) { Ok(()) } else { stays_down(&page, when).stop() }
}

fn counts_as_up(page: &Page, when: &str) -> Failure {
    Failure::change(format!("Set `{UP}` to 0 when the server gives no session, whatever its reason."))
        .expected(format!("{UP} 0, when {when}"))
        .seen(lines(page, UP, &[]))
        .mistake("An error is taken for an answer: the server said something, so it runs. Or only a refused connection counts as down. `pg_up` asks whether there is a connection that answers queries.")
        .why(WHY)
}

fn stays_down(page: &Page, when: &str) -> Failure {
    Failure::change(format!("Set `{UP}` to 1 when there is a session again."))
        .expected(format!("{UP} 1, a moment after a time in which {when}"))
        .seen(lines(page, UP, &[]))
        .mistake("An error is remembered, or ends the attempts to connect for ever.")
        .why(WHY)
}
