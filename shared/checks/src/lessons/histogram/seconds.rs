//! What is observed: the seconds that each request took by itself.

use std::pin::pin;
use std::time::Duration;

use exposition::Page;
use futures_util::future::{Either, select, try_join_all};
use tokio::time::{Instant, sleep};

use super::names::{BUCKET, COUNT, LATENCY, SUM, WHY_SECONDS};
use super::observed::Observed;
use super::took::{Delayed, Took};
use crate::lessons::lines::family_lines;
use crate::lessons::moves::{moves, scrape_settled};
use crate::lessons::{at_once, late};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

/// When requests are sent, and the delays that they ask for, in milliseconds: within a second, beyond one, and beyond the
/// last bound. Some begin and end while another one runs on the same route.
const DELAYS_MS: [(u64, u64); 5] = [(0, 2_700), (0, 20), (800, 1_200), (1_000, 400), (1_200, 200)];
/// A fast request that takes longer than this beside them may have had to wait for one of them.
const SUSPICIOUS: Duration = Duration::from_millis(900);

pub(super) async fn are_observed(app: &App) -> Outcome {
    let simulate = path_of(app, "/simulate").await?;
    let live = path_of(app, "/live").await?;
    let before = app.scrape().await?;
    let slow = try_join_all(DELAYS_MS.map(|(after, delay)| send_after(app, after, Delayed::success(delay))));
    let (slow, fast) = beside(app, slow).await?;
    let is_complete = |page: &Page| {
        let count = |path| Observed::between(&before, page, path).count();
        count(&simulate) >= slow.len() as f64 && count(&live) >= fast.len() as f64
    };
    let after = scrape_settled(app, is_complete).await?;
    if fast.iter().any(|took| took.elapsed > SUSPICIOUS) {
        // A busy machine, or a lock: this tells, by requests of its own, which are not on the page.
        at_once::nobody_waits(app).await?;
    }
    let observed = Observed::between(&before, &after, &simulate);
    all_are_observed(&observed, &slow)?;
    sum_is_in_seconds(&observed, &slow)?;
    buckets_are_right(&observed, &slow)?;
    let observed = Observed::between(&before, &after, &live);
    all_are_observed(&observed, &fast)?;
    each_has_its_own(&observed, &fast)?;
    fractions_are_kept(&[Observed::between(&before, &after, &simulate), observed])
}

async fn send_after(app: &App, after_ms: u64, request: Delayed) -> Outcome<Took> {
    sleep(Duration::from_millis(after_ms)).await;
    request.send(app).await
}

/// What the app calls the route of a path, by the series that a request to it moves.
async fn path_of(app: &App, path: &str) -> Outcome<String> {
    // An app may time its own scrapes: that is explained elsewhere.
    let first = app.scrape().await?;
    let before = app.scrape().await?;
    let own = moves(&first, &before, COUNT);
    let moved = |page: &Page| {
        let mut moved = moves(&before, page, COUNT).into_iter();
        moved.find(|moved| !own.iter().any(|own| own.labels == moved.labels))
    };
    app.get(path).await?.expect_status(200)?;
    let after = scrape_settled(app, |page| moved(page).is_some()).await?;
    match moved(&after) {
        Some(moved) if moved.label("method") == "GET" => Ok(moved.label("path").to_owned()),
        Some(moved) => not_observed([format!("GET {path} -> 200"), moved.line.clone()])
            .mistake("The method is another one than was sent, or the label values are in another order than the label names. Values go by their position.")
            .stop(),
        None => {
            late::arrives(app, &before, COUNT, format!("GET {path} -> 200")).await?;
            not_observed([format!("GET {path} -> 200"), "... and no count moved:".to_owned()])
            .seen(family_lines(&after, LATENCY).into_iter().filter(|line| line.starts_with(COUNT)))
            .mistake("Only the handlers of some routes are timed rather than all requests, or the observation stands where this request does not come by.")
            .stop()
        }
    }
}

/// Sends fast requests, one after the other, for as long as the slow ones take.
async fn beside(app: &App, slow: impl Future<Output = Outcome<Vec<Took>>>) -> Outcome<(Vec<Took>, Vec<Took>)> {
    let (mut slow, mut fast) = (pin!(slow), Vec::new());
    loop {
        let next = pin!(fast_request(app));
        match select(slow, next).await {
            Either::Left((took, next)) => {
                fast.push(next.await?);
                return Ok((took?, fast));
            }
            Either::Right((took, still_slow)) => {
                fast.push(took?);
                slow = still_slow;
            }
        }
    }
}

async fn fast_request(app: &App) -> Outcome<Took> {
    const PAUSE: Duration = Duration::from_millis(10);
    let started = Instant::now();
    app.get("/live").await?.expect_status(200)?;
    let took = Took::at_once("GET /live -> 200".into(), started.elapsed());
    // A few hundred of them say as much as thousands.
    sleep(PAUSE).await;
    Ok(took)
}

fn not_observed(seen: impl IntoIterator<Item = String>) -> Failure {
    Failure::change("Observe each request once, when its response is there.")
        .expected(format!("one {COUNT} rises by 1 for each request"))
        .seen(seen)
        .why("What is not observed, or twice, bends every percentile: the shop looks as fast as the routes that happen to be timed.")
}

fn all_are_observed(observed: &Observed<'_>, requests: &[Took]) -> Outcome {
    let count = observed.count();
    if count == requests.len() as f64 {
        return Ok(());
    }
    let mistake = if count > requests.len() as f64 {
        "The same request is observed in two places, or a request is observed for each that runs beside it."
    } else {
        "Only some requests are observed, or `path` holds the address as it was sent, parameters and all, so that each request has a series of its own."
    };
    not_observed(lines_of(requests))
        .seen([format!(
            "... and the count of path=\"{}\" rose by {count}, not by {}:",
            observed.path(),
            requests.len()
        )])
        .seen(observed.lines(&[SUM, COUNT]))
        .mistake(mistake)
        .stop()
}

fn sum_is_in_seconds(observed: &Observed<'_>, requests: &[Took]) -> Outcome {
    let sum = observed.sum();
    let at_least: f64 = requests.iter().map(|request| request.at_least).sum();
    let at_most: f64 = requests.iter().map(|request| request.at_most).sum();
    let (change, mistake) = if sum < at_least {
        too_little(sum)
    } else if sum > at_most {
        (
            "Observe seconds.",
            "Milliseconds or microseconds are observed. `as_secs_f64()` gives seconds, with their fraction.",
        )
    } else {
        return Ok(());
    };
    Failure::change(change)
        .expected(format!("{SUM} rises by {} or a little more after these requests", total_of_delays()))
        .seen(lines_of(requests))
        .seen([format!("... and the sum rose by {sum}:")])
        .seen(observed.lines(&[SUM, COUNT]))
        .mistake(mistake)
        .why(WHY_SECONDS)
        .stop()
}

/// What to change, and which mistake it is, by how much of the time is there.
fn too_little(sum: f64) -> (&'static str, &'static str) {
    /// Less than a busy machine needs to answer, and much less than any part of the delays.
    const NEXT_TO_NOTHING: f64 = 0.3;
    if sum > 0.0 && sum.fract() == 0.0 {
        return (
            "Observe seconds with their fraction.",
            "The fraction is cut off: `as_secs()` gives whole seconds, `as_secs_f64()` all of it.",
        );
    }
    if sum < NEXT_TO_NOTHING {
        return (
            "Start the clock before the handler runs, and stop it when the response is there.",
            "The clock starts after `.await`, or stops before it: calling an async function runs nothing yet, only awaiting it does. Or the fraction is cut off, or all requests share one clock, which each of them starts anew.",
        );
    }
    (
        "Observe the whole time that each request took by itself.",
        "Only a part of the time is taken: `subsec_nanos()` and its like give what is beyond the whole seconds, and `as_secs_f64()` all of it. Or something else is observed, such as an average, or the time since another request began.",
    )
}

fn total_of_delays() -> f64 {
    Duration::from_millis(DELAYS_MS.iter().map(|(_, delay)| delay).sum()).as_secs_f64()
}

/// A series shows how many of its requests took up to each bound.
fn buckets_are_right(observed: &Observed<'_>, requests: &[Took]) -> Outcome {
    let Some(wrong) = observed.wrong_bucket(requests) else { return Ok(()) };
    Failure::change("Observe each request with the time that it took by itself, in the unit of the bounds.")
        .expected(format!("{BUCKET}{{le=\"{}\"}} rises by {}", wrong.bound, wrong.possibly))
        .seen(lines_of(requests))
        .seen([format!("... and the bucket of {} rose by {}:", wrong.bound, wrong.rose)])
        .seen(observed.lines(&[BUCKET]))
        .mistake("The bounds have another unit than what is observed, or one time is observed for several requests, such as an average, or a longest time beyond which all are cut.")
        .why(WHY_SECONDS)
        .stop()
}

/// Fast requests took what they took, whatever ran beside them.
fn each_has_its_own(observed: &Observed<'_>, requests: &[Took]) -> Outcome {
    /// The app's clock stops before the client's does, or hardly later.
    const LATE_ON_AVERAGE: f64 = 0.01;
    let elapsed: f64 = requests.iter().map(|request| request.elapsed.as_secs_f64()).sum();
    let at_most = elapsed * 2.0 + LATE_ON_AVERAGE * requests.len() as f64;
    if observed.sum() <= at_most && observed.wrong_bucket(requests).is_none() {
        return Ok(());
    }
    Failure::change("Observe each request with the time that it took by itself.")
        .expected(format!("many fast requests to /live, sent beside slow ones to /simulate, are fast in `{LATENCY}`, too"))
        .seen(observed.lines(&[BUCKET, SUM]))
        .mistake("Several requests share one clock, such as a field of the state that each of them sets, or a request waits for another one with the clock running. Or the clock is a coarse one, which moves on only from time to time.")
        .why(WHY_SECONDS)
        .stop()
}

/// The sum of many durations is no whole number of milliseconds, on two routes at once.
fn fractions_are_kept(routes: &[Observed<'_>]) -> Outcome {
    const NOTHING: f64 = 1e-6;
    let is_whole = |observed: &Observed<'_>| {
        let milliseconds = observed.sum() * 1_000.0;
        (milliseconds - milliseconds.round()).abs() < NOTHING
    };
    if !routes.iter().all(is_whole) {
        return Ok(());
    }
    Failure::change("Observe the whole duration, down to the last digit that the clock gives.")
        .expected(format!("{SUM} with fractions of a millisecond, as real requests take them"))
        .seen(routes.iter().flat_map(|observed| observed.lines(&[SUM, COUNT])))
        .mistake("The duration goes through whole milliseconds, as with `as_millis()`. `as_secs_f64()` keeps all of it.")
        .why("Most requests of this shop take less than a millisecond. Cut off, they take no time at all, and the mean is wrong for ever.")
        .stop()
}

fn lines_of(requests: &[Took]) -> Vec<String> {
    const MOST: usize = 5;
    let mut lines: Vec<_> = requests.iter().take(MOST).map(|request| request.line.clone()).collect();
    if requests.len() > MOST {
        lines.push("... and more of them".to_owned());
    }
    lines
}
