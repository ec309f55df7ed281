//! Values that come, but later than anybody may expect.

use std::time::Duration;

use exposition::Page;
use tokio::time::{Instant, sleep};

use super::moves::{moves, scrape_settled};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, PATIENCE};

/// When nothing has moved for so long, nothing is on its way any more.
const QUIET: Duration = Duration::from_secs(2);
/// A machine that is busy may delay some of them.
const REQUESTS: usize = 5;

/// Where nothing of a metric has moved after a request: waits for some seconds more, and ends the check if something
/// does then. So the check that goes on knows that nothing came at all.
pub(super) async fn arrives(app: &App, before: &Page, name: &str, request: String) -> Outcome {
    let page = app.scrape_until(|page| !moves(before, page, name).is_empty()).await?;
    let moved = moves(before, &page, name);
    if moved.is_empty() {
        return Ok(());
    }
    comes_late(name, [request, "... and only a later page showed it:".to_owned()])
        .seen(moved.iter().map(|moved| without_value(&moved.line).to_owned()))
        .stop()
}

/// A metric that rises only some time after the answer.
pub(super) fn comes_late(name: &str, seen: impl IntoIterator<Item = String>) -> Failure {
    Failure::change("Show on each page what has happened until then.")
        .expected(format!("`{name}` rises as soon as the request is answered"))
        .seen(seen)
        .mistake("It is counted, but it shows late. The page is kept and served again for a while, or what happened is collected and written down from time to time.")
        .why("Prometheus stamps each value with the time of its scrape. A page from before says that nothing happened just when something did, and every alert is late by as much.")
}

/// What is late may have been joined by what came before it: the value says nothing.
fn without_value(line: &str) -> &str {
    line.rsplit_once(' ').map_or(line, |(series, _)| series)
}

/// Where a metric moved in another way than it should: what moved may belong to requests of before. Waits until it is quiet,
/// sends some requests, and ends the check if each of them is counted late.
pub(super) async fn is_ruled_out(app: &App, name: &str, path: &str) -> Outcome {
    let Some(mut before) = quiet_page(app, name).await? else { return Ok(()) };
    for _ in 0..REQUESTS {
        let answer = app.get(path).await?;
        if !moves(&before, &app.scrape().await?, name).is_empty() {
            return Ok(());
        }
        let after = scrape_settled(app, |page| !moves(&before, page, name).is_empty()).await?;
        if moves(&before, &after, name).is_empty() {
            return arrives(app, &before, name, format!("{} -> {}", answer.request, answer.status)).await;
        }
        before = after;
    }
    let request = format!("{REQUESTS} times GET {path}, and each time the page right after the answer did not show it");
    comes_late(name, [request]).stop()
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
