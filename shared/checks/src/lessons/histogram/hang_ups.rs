//! Clients that hang up: in the histogram exactly where they are in the counter of requests.

use std::time::Duration;

use exposition::Page;
use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::names::{COUNT, WHY_OUTCOMES};
use crate::lessons::counter::names::REQUESTS;
use crate::lessons::lines::rise;
use crate::lessons::moves::{move_lines, moves, scrape_settled};
use crate::lessons::unanswered::ask_for_delayed;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

const IN_PROGRESS: &str = "http_requests_in_progress";
/// How many clients hang up.
const HANG_UPS: usize = 20;
/// What they would have to wait for. A server may let their requests go on to the end.
const DELAY: Duration = Duration::from_millis(400);

pub(super) async fn are_observed_as_counted(app: &App) -> Outcome {
    let before = app.scrape().await?;
    let connections = try_join_all((0..HANG_UPS).map(|_| ask_for_delayed(app, DELAY.as_millis()))).await?;
    let in_progress = |page: &Page| rise(&before, page, IN_PROGRESS, &[]);
    app.scrape_until(|page| in_progress(page) >= HANG_UPS as f64 || page.family(IN_PROGRESS).is_none()).await?;
    drop(connections);
    if before.family(IN_PROGRESS).is_none() {
        // Nothing tells when the last of them has ended.
        sleep(DELAY).await;
    }
    app.scrape_until(|page| in_progress(page) <= 0.0).await?;
    let rises = |page: &Page| (rise(&before, page, COUNT, &[]), rise(&before, page, REQUESTS, &[]));
    let after = scrape_settled(app, |page| rises(page).0 == rises(page).1).await?;
    let (observed, counted) = rises(&after);
    if observed == counted {
        return Ok(());
    }
    Failure::change("Observe a request whose client hangs up exactly where it is counted.")
        .expected(format!("`{COUNT}` and `{REQUESTS}` rise by the same, after {HANG_UPS} clients have hung up"))
        .seen([format!("the histogram rose by {observed}, the counter by {counted}:")])
        .seen(move_lines(&moves(&before, &after, COUNT), COUNT))
        .mistake("One of them stands behind the `.await`, which a request whose client is gone never passes, and the other in a guard, or a timer, that acts when it is dropped.")
        .why(WHY_OUTCOMES)
        .stop()
}
