//! `batch_step_duration_seconds`: how long each step of the work took.

pub(super) mod slow_commit;

use std::collections::BTreeSet;
use std::time::Duration;

use exposition::{Family, MetricType, Page};
use futures_util::FutureExt;
use tokio::time::sleep;

use super::group::last_push;
use super::names::{DURATION, LAST_RUN, LAST_SUCCESS, STEP_DURATION, STEPS};
use super::run::{ARGUMENTS, gateway_url, succeed, succeeds};
use super::{carts, stamps, steps};
use crate::lessons::lines::family_lines;
use crate::lessons::parts;
use crate::lessons::require::{require_family, require_labels};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, wait_for};

const WHY: &str = "\"The job takes longer than last month\" is a riddle. \"Connecting takes longer than last month\" is a task for somebody.";

/// Clocks are read one after the other, and values may be rounded to milliseconds.
const TOLERANCE: f64 = 0.005;

/// For how long a run is kept waiting: clearly longer than the second by which a stamp may be off, so that one of the
/// begin of the run shows. SQLite waits five seconds before it gives up.
const HOLD: Duration = Duration::from_millis(1500);

pub(super) async fn are_pushed(job: &Job) -> Outcome {
    carts::open(job, 1, carts::OLD).await?;
    let page = succeed(job).await?;
    let family = require_family(&page, STEP_DURATION, MetricType::Gauge, WHY)?;
    require_labels(family, &["step"], WHY)?;
    are_parts_of_the_run(&page)?;
    carts::open(job, 1, carts::OLD).await?;
    have_fixed_names(family, &succeed(job).await?)?;
    steps::are(&page, &STEPS, "a run that succeeded")?;
    steps::are(&succeed(job).await?, &STEPS, "a run that succeeded, and found no cart to expire")?;
    let another = job.apart().await?;
    parts::side_by_side([each_is_its_own(job).boxed(), slow_commit::is_seen(&another).boxed()]).await
}

fn are_parts_of_the_run(page: &Page) -> Outcome {
    let (steps, run) = (page.sum(STEP_DURATION, &[]), page.sum(DURATION, &[]));
    let are_durations = page.series(STEP_DURATION).all(|step| step.value >= 0.0);
    if are_durations && steps > 0.0 && steps <= run + TOLERANCE {
        return Ok(());
    }
    Failure::change("Set each step to the seconds that it took.")
        .expected(format!("no step below 0, and all of them together above 0, and at most {DURATION}"))
        .seen(family_lines(page, STEP_DURATION))
        .seen(family_lines(page, DURATION))
        .mistake(if steps > run {
            "The steps are in milliseconds. Or each one is measured from the start of the run, so that the last one is as long as all of them."
        } else {
            "The clock is read before the step has run: a future does nothing until it is awaited. Or whole seconds are taken."
        })
        .why(WHY)
        .stop()
}

/// Lets the deletion wait for the database: that step takes long, and no other.
async fn each_is_its_own(job: &Job) -> Outcome {
    carts::open(job, 1, carts::OLD).await?;
    let lock = job.lock_writes().await?;
    let run = job.start(&ARGUMENTS, job.database.url(), &gateway_url(job))?;
    sleep(HOLD).await;
    let released = stamps::now();
    lock.release().await.map_err(Stop::not_run)?;
    succeeds(&wait_for(run, &ARGUMENTS).await?)?;
    let page = last_push(job).await?;
    for stamp in [LAST_RUN, LAST_SUCCESS] {
        stamps::is_of_the_run(&page, stamp, released)?;
    }
    let half = HOLD.as_secs_f64() / 2.0;
    let is_long = |name: &str| page.sum(STEP_DURATION, &[("step", name)]) >= half;
    if STEPS.iter().all(|step| is_long(step) == (*step == "expire")) && page.sum(DURATION, &[]) >= half {
        return Ok(());
    }
    Failure::change("Time each step by itself: its own clock around its own `.await`.")
        .expected(format!(
            "`expire` and {DURATION} of {half} s or more, `connect` and `commit` of less, in a run whose deletion had to wait {} s for the database",
            HOLD.as_secs_f64()
        ))
        .seen(family_lines(&page, STEP_DURATION))
        .seen(family_lines(&page, DURATION))
        .mistake("Look at the step that is long, and at `expire`: two names are mixed up, or a clock is around another step's work, around nothing, or around all of the run.")
        .why("The step that takes long is where somebody will look for the cause.")
        .stop()
}

/// A second run, with other carts, has the same steps.
fn have_fixed_names(first: &Family, second: &Page) -> Outcome {
    let Some(second) = second.family(STEP_DURATION) else { return Ok(()) };
    let new: Vec<_> = names(second).difference(&names(first)).cloned().collect();
    if new.is_empty() {
        return Ok(());
    }
    let is_new = |step: &str| new.iter().any(|name| name == step);
    let lines = second.samples.iter().filter(|sample| sample.label("step").is_some_and(is_new));
    Failure::change("Name the steps as the code knows them: `connect`, `expire`, `commit`.")
        .expected("the same steps in each run")
        .seen(lines.map(|sample| sample.line.clone()))
        .mistake("A session, a date or a number of the run stands in the label.")
        .why("Each name is a series of its own, in each run, for ever. And steps that are called differently each night can't be compared.")
        .stop()
}

fn names(family: &Family) -> BTreeSet<String> {
    family.samples.iter().filter_map(|sample| sample.label("step")).map(str::to_owned).collect()
}
