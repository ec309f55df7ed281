//! Clients that hang up get no answer, so that none with a status of its own is counted.

use std::time::Duration;

use exposition::Page;
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use super::names::{EXCEPTIONS, REQUESTS, WHY_REQUESTS};
use crate::lessons::moves::{Move, moves};
use crate::lessons::unanswered::ask_for_delayed;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

/// How many clients hang up.
const HANG_UPS: usize = 20;
/// What they would have had to wait for, and what they would have been answered with.
const DELAY: Duration = Duration::from_secs(2);
const STATUS: &str = "200";
/// How long a server may take to notice that a client is gone.
const NOTICED: Duration = Duration::from_millis(100);

/// Clients that are gone. What was counted of them shows later.
pub(super) struct Gone {
    before: Page,
    /// The page before any of their requests can have been answered; none where the machine was too busy.
    soon: Option<Page>,
}

impl Gone {
    /// Sends requests, and hangs up once the app has them.
    pub(super) async fn after_hanging_up(app: &App) -> Outcome<Self> {
        let since = Instant::now();
        let connections = try_join_all((0..HANG_UPS).map(|_| ask_for_delayed(app, DELAY.as_millis()))).await?;
        let before = app.scrape().await?;
        drop(connections);
        sleep(NOTICED).await;
        let page = app.scrape().await?;
        let soon = (since.elapsed() < DELAY).then_some(page);
        Ok(Self { before, soon })
    }

    /// A server may let a handler go on whose client is gone, and count at its end what it would have answered. Anything that
    /// is counted earlier, or with another status, nobody was answered with.
    pub(super) async fn were_answered_with_nothing(&self, app: &App) -> Outcome {
        let after = app.scrape().await?;
        let early = self.soon.iter().flat_map(|soon| moves(&self.before, soon, REQUESTS));
        let made_up = |moved: &Move| moved.label("status_code") != STATUS;
        let answers = early.chain(moves(&self.before, &after, REQUESTS).into_iter().filter(made_up));
        let exceptions = moves(&self.before, &after, EXCEPTIONS);
        let Some(moved) = answers.chain(exceptions).next() else { return Ok(()) };
        Failure::change("Leave requests out whose client hangs up before the answer.")
            .expected(format!("nothing rises in {REQUESTS} and {EXCEPTIONS}, after {HANG_UPS} clients have hung up on GET /simulate?delay_ms={}", DELAY.as_millis()))
            .seen([moved.line])
            .mistake("Something that acts when the handler's future is dropped, such as a guard, counts a status that it makes up: 499, as nginx does, or 200, or another one.")
            .why(WHY_REQUESTS)
            .stop()
    }
}
