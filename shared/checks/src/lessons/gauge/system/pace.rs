//! A sample each second, where nobody has set how often.

use std::time::Duration;

use exposition::Page;
use tokio::time::{Instant, sleep};

use super::compare::{ALL, INTERVAL_VARIABLE, WHY};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

/// How long is looked for new samples: so long that two of them are a second apart.
const LOOK: Duration = Duration::from_millis(2_400);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How often is looked, where a machine that is busy may have held up the samples.
const LOOKS: usize = 3;
/// Whatever is closer together is no pause of a second, and whatever is further apart neither.
const SHORT: Duration = Duration::from_millis(700);
const LONG: Duration = Duration::from_millis(1_700);
/// The first two samples may be closer together.
const SHORT_ONES: usize = 1;

/// Two samples, one after the other, are at least and at most so far apart.
struct Apart {
    at_least: Duration,
    at_most: Duration,
}

/// That a value was new: on a page that was there then, while the one before was asked for earlier and had another.
struct Change {
    asked_before: Instant,
    seen: Instant,
}

pub(super) async fn is_a_second(app: &App) -> Outcome {
    let another = app.start_another().await?;
    for _ in 0..LOOKS {
        let gauges = look(&another.app).await?;
        // However busy a machine is, a pause of a second is not shorter.
        if gauges.iter().any(|apart| apart.iter().filter(|apart| apart.at_most < SHORT).count() > SHORT_ONES) {
            return too_often();
        }
        if gauges.iter().flatten().any(|apart| apart.at_least < LONG) {
            return Ok(());
        }
    }
    too_seldom()
}

/// How far the samples of each gauge are apart.
async fn look(app: &App) -> Outcome<Vec<Vec<Apart>>> {
    let end = Instant::now() + LOOK;
    let mut changes: Vec<Vec<Change>> = ALL.iter().map(|_| Vec::new()).collect();
    let mut asked_before = Instant::now();
    let mut before = app.scrape().await?;
    while Instant::now() < end {
        sleep(POLL_INTERVAL).await;
        let asked = Instant::now();
        let page = app.scrape().await?;
        let seen = Instant::now();
        for (name, changes) in ALL.iter().zip(&mut changes) {
            if value(&page, name) != value(&before, name) {
                changes.push(Change { asked_before, seen });
            }
        }
        (before, asked_before) = (page, asked);
    }
    Ok(changes.iter().map(|changes| changes.windows(2).map(apart).collect()).collect())
}

fn value(page: &Page, name: &str) -> u64 {
    page.sum(name, &[]).to_bits()
}

fn apart(pair: &[Change]) -> Apart {
    let [first, second] = [&pair[0], &pair[1]];
    Apart {
        at_least: second.asked_before.saturating_duration_since(first.seen),
        at_most: second.seen - first.asked_before,
    }
}

fn too_often() -> Outcome {
    Failure::change("Pause for a second between two samples, where nobody has set another pause.")
        .expected(format!("a new sample once a second, without {INTERVAL_VARIABLE}"))
        .seen([format!("several samples that are less than {} ms apart", SHORT.as_millis())])
        .mistake("The pause is written into the code, and is shorter, or each scrape samples.")
        .why("Sampling reads files. Many times a second, an app that has nothing to do is busy with itself, and CPU usage over so short a time jumps.")
        .stop()
}

fn too_seldom() -> Outcome {
    Failure::change("Sample once a second, where nobody has set another pause.")
        .expected(format!("a new sample once a second, without {INTERVAL_VARIABLE}"))
        .seen([format!(
            "no two samples that are less than {} ms apart, in {LOOKS} times {} ms",
            LONG.as_millis(),
            LOOK.as_millis()
        )])
        .mistake("The pause is written into the code, and is longer, or its default is another one. `shop::sample_interval()` knows both.")
        .why(WHY)
        .stop()
}
