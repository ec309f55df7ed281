//! Clients that hang up get no answer, so that none with a status of its own is counted.

use std::time::Duration;

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

/// What was counted of them by then shows within this time.
const SHOWN: Duration = Duration::from_millis(400);

/// Sends requests, and hangs up once the app has them. A server may let a handler go on whose client is gone, and count at
/// its end what it would have answered. Anything that is counted earlier, or with another status, nobody was answered with.
pub(super) async fn were_answered_with_nothing(app: &App) -> Outcome {
    let since = Instant::now();
    let connections = try_join_all((0..HANG_UPS).map(|_| ask_for_delayed(app, DELAY.as_millis()))).await?;
    let before = app.scrape().await?;
    drop(connections);
    sleep(NOTICED).await;
    let page = app.scrape().await?;
    // Before any of their requests can have been answered, where the machine is not too busy.
    let soon = (since.elapsed() < DELAY).then_some(page);
    sleep(SHOWN).await;
    let after = app.scrape().await?;
    let early = soon.iter().flat_map(|soon| moves(&before, soon, REQUESTS));
    let made_up = |moved: &Move| moved.label("status_code") != STATUS;
    let answers = early.chain(moves(&before, &after, REQUESTS).into_iter().filter(made_up));
    let exceptions = moves(&before, &after, EXCEPTIONS);
    let Some(moved) = answers.chain(exceptions).next() else { return Ok(()) };
    Failure::change("Leave requests out whose client hangs up before the answer.")
        .expected(format!("nothing rises in {REQUESTS} and {EXCEPTIONS}, after {HANG_UPS} clients have hung up on GET /simulate?delay_ms={}", DELAY.as_millis()))
        .seen([moved.line])
        .mistake("Something that acts when the handler's future is dropped, such as a guard, counts a status that it makes up: 499, as nginx does, or 200, or another one.")
        .why(WHY_REQUESTS)
        .stop()
}
