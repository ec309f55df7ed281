//! An app that nobody scrapes: it is sampled all the same, so that whoever looks first in an incident sees the last second.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::compare::{APP_MEMORY, differs};
use super::follow::memory_tolerance;
use super::load::hold_headers;
use super::watch::Watch;
use crate::outcome::{Outcome, Stop};
use crate::subject::app::App;

/// How old the sample is at most that the first page shows.
const OLDEST: Duration = Duration::from_millis(2_500);

/// By when an app keeps what it was sent.
const KEPT: Duration = Duration::from_millis(500);

/// The first page of all shows the memory of now, of an app that keeps more in its memory since a moment ago, and that nobody
/// has scraped before. How long it has run by then is what the checks before it have taken.
pub(super) async fn shows_the_last_second(app: &App) -> Outcome {
    let process_id = app.process_id().ok_or_else(|| Stop::NotRun("the app has ended".into()))?;
    let watch = Watch::start(process_id)?;
    let _headers = hold_headers(app).await;
    let since = Instant::now();
    sleep(OLDEST).await;
    let page = app.scrape().await?;
    let system = watch.memory(since + KEPT);
    if !system.is_known() || system.holds(page.sum(APP_MEMORY, &[]), memory_tolerance(system)) {
        return Ok(());
    }
    differs("Go on sampling when nobody scrapes, too.", &page, APP_MEMORY, system)
        .mistake("The thread pauses when nobody has looked for a while, or begins with the first scrape. The page then shows a sample from long ago.")
        .stop()
}
