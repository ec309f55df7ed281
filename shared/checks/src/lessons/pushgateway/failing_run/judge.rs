//! What a run that failed leaves behind.

use std::time::{Duration, Instant};

use exposition::Page;

use super::super::group::last_push;
use super::super::names::{DURATION, EXPIRED, LAST_RUN, STEP_DURATION};
use super::super::run::names_number;
use super::super::stub::{Reply, Stub};
use super::super::{password, stamps, steps};
use super::trouble::Trouble;
use super::{last_success, left_over};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const WHY: &str = "\"It ran and failed\" and \"it did not run at all\" have different causes, and different people to call. The last success must stay through both: the alert is on its age.";

/// A stamp of whole seconds moves within this time.
const COARSEST_STAMP: Duration = Duration::from_secs(1);
/// More carts than a line of output names by chance.
pub(super) const MANY: usize = 13;
/// Clocks are read one after the other, and values may be rounded to milliseconds.
const TOLERANCE: f64 = 0.005;

/// A run that failed, and what the gateway shows then.
pub(super) struct Failed {
    pub(super) run: Run,
    pub(super) page: Page,
    /// When it began, in seconds since the epoch.
    started: f64,
    /// How long it took, seen from outside, in seconds.
    took: f64,
    /// The requests that it sent to the gateway, and how many of them change something.
    requests: Vec<String>,
    changes: usize,
}

/// Lets the job fail after a success, and judges what the gateway shows then.
pub(super) async fn fails(job: &Job, success: &Page, trouble: Trouble<'_>) -> Outcome<Failed> {
    let before = last_push(job).await?.sum(LAST_RUN, &[]);
    left_over::leave_behind(job).await?;
    let failed = run_until_stamp_moves(job, trouble, before).await?;
    let Failed { run, page, .. } = &failed;
    trouble.is_told_by_exit_code(run, page)?;
    last_run_moves(run, before, page)?;
    stamps::is_of_the_run(page, LAST_RUN, failed.started)?;
    last_success::stays(success, page)?;
    no_carts_expired(page)?;
    if let Some(wanted) = trouble.steps() {
        left_over::is_nothing(page)?;
        steps::are(page, wanted, trouble.words())?;
    }
    duration_is_of_the_run(page, failed.took)?;
    pushes_once(&failed)?;
    says_why(run)?;
    claims_nothing(run, &job.gateway.address())?;
    Ok(failed)
}

async fn run_until_stamp_moves(job: &Job, trouble: Trouble<'_>, last_run: f64) -> Outcome<Failed> {
    let start = Instant::now();
    loop {
        let is_late = start.elapsed() > COARSEST_STAMP;
        let stub = Stub::start(vec![Reply::PassTo(job.gateway.base_url().to_owned())]).await?;
        let (started, clock) = (stamps::now(), Instant::now());
        let run = trouble.run(job, &password::gateway_url(&stub.address())).await?;
        let took = clock.elapsed().as_secs_f64();
        let page = last_push(job).await?;
        if is_late || page.sum(LAST_RUN, &[]) > last_run {
            return Ok(Failed { run, page, started, took, requests: stub.lines(), changes: stub.changes().len() });
        }
    }
}

fn last_run_moves(run: &Run, before: f64, page: &Page) -> Outcome {
    if page.sum(LAST_RUN, &[]) > before {
        return Ok(());
    }
    Failure::change("Push the result of a run that fails, too.")
        .expected(format!("{LAST_RUN} above {before:.3}, after a run that failed later"))
        .seen(run.lines())
        .seen(family_lines(page, LAST_RUN))
        .mistake("A `?` ends the run before the push, so that only a success is pushed.")
        .why(WHY)
        .stop()
}

fn no_carts_expired(page: &Page) -> Outcome {
    if page.family(EXPIRED).is_some() && page.sum(EXPIRED, &[]) == 0.0 {
        return Ok(());
    }
    Failure::change("Push that a failing run has expired 0 carts.")
        .expected(format!("{EXPIRED} 0, after a run that failed"))
        .seen(family_lines(page, EXPIRED))
        .mistake("The gauge is set before the work is committed, or it is left out, so that the number of the last success stays.")
        .why("Together with the stamp of this run, the number reads as if this run had done that work.")
        .stop()
}

fn duration_is_of_the_run(page: &Page, took: f64) -> Outcome {
    let [run, steps] = [DURATION, STEP_DURATION].map(|name| page.sum(name, &[]));
    if run > 0.0 && run <= took && steps <= run + TOLERANCE {
        return Ok(());
    }
    Failure::change("Push how long a failing run took, in seconds, as of any other run.")
        .expected(format!("{DURATION} above 0, and at most {took:.3}, which the whole process took, and its steps together at most as long"))
        .seen(family_lines(page, DURATION))
        .seen(family_lines(page, STEP_DURATION))
        .mistake("A run that fails has a way of its own to its duration: another unit, or a constant.")
        .why("A run that fails after an hour and one that fails at once have different causes.")
        .stop()
}

fn pushes_once(failed: &Failed) -> Outcome {
    if failed.changes == 1 {
        return Ok(());
    }
    Failure::change("Push a run that failed once, at its end, and send nothing else that changes the group.")
        .expected("1 request that changes the group: the push")
        .seen(failed.run.lines())
        .seen(failed.requests.iter().cloned())
        .mistake("Look at the requests: a push at the begin of the run, one for each step, or a deletion beside it.")
        .why("Prometheus may look between any two of them, and see a group that is true of no run.")
        .stop()
}

fn says_why(run: &Run) -> Outcome {
    if !run.complained.trim().is_empty() {
        return Ok(());
    }
    Failure::change("Say on standard error why the work failed.")
        .expected("a reason on standard error, after a run that failed")
        .seen(run.lines())
        .seen(["nothing on standard error"])
        .mistake("The error ends in the exit code and in the metrics, and is printed nowhere, or on standard output.")
        .why("The metrics say that it failed. Only the job itself knows why, and it is gone.")
        .stop()
}

fn claims_nothing(run: &Run, gateway: &str) -> Outcome {
    if !names_number(&run.said, gateway, MANY) {
        return Ok(());
    }
    Failure::change("Say how many carts have expired once the work is committed.")
        .expected(format!("no word of {MANY} carts on standard output, after a run that failed and expired none"))
        .seen(run.lines())
        .mistake("The result is printed before the commit, and the commit fails.")
        .why("Whoever reads the log believes the first line, and does not look at the last one.")
        .stop()
}
