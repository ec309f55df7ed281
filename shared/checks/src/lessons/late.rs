//! Values that come, but later than anybody may expect.

use super::moves::{move_lines, moves};
use crate::exposition::Page;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

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
