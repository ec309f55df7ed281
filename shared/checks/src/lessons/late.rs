//! Values that come, but later than anybody may expect.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::moves::{move_lines, moves, scrape_settled};
use crate::exposition::Page;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, PATIENCE};

/// When nothing has moved for so long, nothing is on its way any more.
const QUIET: Duration = Duration::from_secs(2);

/// Where nothing of a metric has moved after a request: waits for some seconds more, and ends the check if something
/// does then. So the check that goes on knows that nothing came at all.
pub(super) async fn arrives(app: &App, before: &Page, name: &str, request: String) -> Outcome {
    let page = app.scrape_until(|page| !moves(before, page, name).is_empty()).await?;
    let moved = moves(before, &page, name);
    if moved.is_empty() {
        return Ok(());
    }
    Failure::change("Show on each page what has happened until then.")
        .expected(format!("`{name}` rises as soon as the request is answered"))
        .seen([request, "... and only a later page showed it:".to_owned()])
        .seen(move_lines(&moved, name))
        .mistake("It is counted, but it shows late. The page is kept and served again for a while, or what happened is collected and written down from time to time.")
        .why("Prometheus stamps each value with the time of its scrape. A page from before says that nothing happened just when something did, and every alert is late by as much.")
        .stop()
}

/// Where a metric moved in another way than it should: what moved may belong to requests of before. Waits until it is quiet,
/// sends one request, and ends the check if that one is counted late.
pub(super) async fn is_ruled_out(app: &App, name: &str, path: &str) -> Outcome {
    let Some(before) = quiet_page(app, name).await? else { return Ok(()) };
    let answer = app.get(path).await?;
    let after = scrape_settled(app, |page| !moves(&before, page, name).is_empty()).await?;
    if !moves(&before, &after, name).is_empty() {
        return Ok(());
    }
    arrives(app, &before, name, format!("{} -> {}", answer.request, answer.status)).await
}

/// The page once nothing moves any more; none where that does not come.
async fn quiet_page(app: &App, name: &str) -> Outcome<Option<Page>> {
    let deadline = Instant::now() + PATIENCE;
    let mut before = app.scrape().await?;
    while Instant::now() < deadline {
        sleep(QUIET).await;
        let page = app.scrape().await?;
        if moves(&before, &page, name).is_empty() {
            return Ok(Some(page));
        }
        before = page;
    }
    Ok(None)
}
