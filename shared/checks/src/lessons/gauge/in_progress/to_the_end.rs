//! A request is in progress until its handler has ended: neither for a shorter time, nor for as long as its client is there.

use std::time::Duration;

use exposition::Page;
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use super::series::{IN_PROGRESS, WHY, displaced_lines, risen};
use crate::lessons::lines::{family_lines, rise};
use crate::lessons::unanswered::{ask_for_delayed, send};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

const REQUESTS: &str = "http_requests_total";
/// How long a request takes that somebody might take for dead.
const LONG: Duration = Duration::from_secs(3);
/// How long before its end it is looked for.
const MARGIN: Duration = Duration::from_millis(300);
/// How many clients hang up.
const HANG_UPS: usize = 10;
/// How long their requests would have taken.
const DELAY: Duration = Duration::from_secs(1);
/// How long after its end a request may be counted.
const LATE: Duration = Duration::from_millis(300);

/// A request that takes long is shown as long as it takes.
pub(super) async fn long_requests_are_shown(app: &App) -> Outcome {
    let before = app.scrape().await?;
    let sent = Instant::now();
    let _client = ask_for_delayed(app, LONG.as_millis()).await?;
    sleep(LONG - MARGIN).await;
    let page = app.scrape().await?;
    // A machine that is busy may have come too late.
    if risen(&before, &page) == 1.0 || sent.elapsed() >= LONG {
        return Ok(());
    }
    Failure::change("Keep a request on the gauge until its handler is done, however long that takes.")
        .expected(format!(
            "{IN_PROGRESS} 1 for a request that was sent {:.1} seconds before, and takes {}",
            (LONG - MARGIN).as_secs_f64(),
            LONG.as_secs()
        ))
        .seen(family_lines(&page, IN_PROGRESS))
        .mistake("A request is taken off by a timer, as if it were dead.")
        .why(WHY)
        .stop()
}

/// Where the gauge says that the requests of clients that are gone have ended, none of them panics or is counted later.
pub(super) async fn nothing_goes_on_unseen(app: &App) -> Outcome {
    let before = app.scrape().await?;
    let path = format!("/simulate?panic=true&delay_ms={}", DELAY.as_millis());
    let clients = try_join_all((0..HANG_UPS).map(|_| send(app, "GET", &path, "", 0))).await?;
    let sent = Instant::now();
    app.scrape_until(|page| risen(&before, page) >= HANG_UPS as f64).await?;
    drop(clients);
    app.scrape_until(|page| displaced_lines(&before, page).is_empty()).await?;
    // What ends at the same moment may be counted a little later than it is taken off.
    sleep(LATE).await;
    let ended = app.scrape().await?;
    if sent.elapsed() + LATE >= DELAY {
        return Ok(());
    }
    sleep((DELAY + LATE).saturating_sub(sent.elapsed())).await;
    let later = app.scrape().await?;
    // A page that counts its own scrape is judged elsewhere.
    let scrapes = [("path", "/metrics")];
    let counted = |page: &Page| rise(&ended, page, REQUESTS, &[]) - rise(&ended, page, REQUESTS, &scrapes);
    let panics = app.log().matches(shop::pages::PANIC_MESSAGE).count();
    if counted(&later) == 0.0 && panics == 0 {
        return Ok(());
    }
    Failure::change("Keep a request on the gauge for as long as its handler runs, with or without its client.")
        .expected(format!(
            "{IN_PROGRESS} above 0 until the last of {HANG_UPS} requests is done, or no request that is done"
        ))
        .seen([
            format!("{HANG_UPS} clients of GET {path} hung up, and the gauge was back at once."),
            format!("Later `{REQUESTS}` rose by {}, and the log tells of {panics} panics: these requests were still being handled.", counted(&later)),
        ])
        .mistake("The handler runs in a task of its own, which goes on, and the guard is outside of it.")
        .why("The gauge says that the shop is idle, and may be restarted. Then work is cut off in the middle.")
        .stop()
}
