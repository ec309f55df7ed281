//! An app that nobody scrapes: it is sampled all the same, so that whoever looks first in an incident sees the last second.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

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

/// An app that keeps more in its memory since a moment ago, and that nobody has scraped before. How long it has run by then
/// is what the checks before it have taken.
pub(super) struct LeftAlone<'a> {
    app: &'a App,
    watch: Watch,
    since: Instant,
    _headers: Vec<TcpStream>,
}

impl<'a> LeftAlone<'a> {
    pub(super) async fn begin(app: &'a App) -> Outcome<Self> {
        let process_id = app.process_id().ok_or_else(|| Stop::NotRun("the app has ended".into()))?;
        let watch = Watch::start(process_id)?;
        let headers = hold_headers(app).await;
        Ok(Self { app, watch, since: Instant::now(), _headers: headers })
    }

    /// The first page of all shows the memory of now.
    pub(super) async fn shows_the_last_second(&self) -> Outcome {
        sleep_until(self.since + OLDEST).await;
        let page = self.app.scrape().await?;
        let system = self.watch.memory(self.since + KEPT);
        if !system.is_known() || system.holds(page.sum(APP_MEMORY, &[]), memory_tolerance(system)) {
            return Ok(());
        }
        differs("Go on sampling when nobody scrapes, too.", &page, APP_MEMORY, system)
            .mistake("The thread pauses when nobody has looked for a while, or begins with the first scrape. The page then shows a sample from long ago.")
            .stop()
    }
}
