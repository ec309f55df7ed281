//! A run that fails says so, and leaves the last success alone.

use std::time::{Duration, Instant};

use shop::Session;

use super::carts;
use super::group::last_push;
use super::names::{DURATION, EXPIRED, JOB, LAST_RUN, LAST_SUCCESS, STEP_DURATION};
use super::run::succeed;
use crate::exposition::{Page, Sample};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const WHY: &str = "\"It ran and failed\" and \"it did not run at all\" have different causes, and different people to call. The last success must stay through both: the alert is on its age.";

/// A stamp of whole seconds moves within this time.
const COARSEST_STAMP: Duration = Duration::from_secs(1);

/// What stands on the gateway before the failing run, as if an earlier one had left it there.
const FORMER_STEP: &str = "former_step";
const FORMER_DURATION: f64 = 86_400.0;

/// Why a run fails.
#[derive(Clone, Copy)]
enum Trouble<'a> {
    /// One of these carts cannot be deleted.
    Disputed(&'a [Session]),
    /// There is no database.
    NoDatabase,
}

pub(super) async fn is_pushed(job: &Job) -> Outcome {
    carts::open(job, 3, carts::OLD).await?;
    let success = succeed(job).await?;
    let old = carts::open(job, 2, carts::OLD).await?;
    fails(job, &success, Trouble::Disputed(&old)).await?;
    nothing_is_half_done(job, &old).await?;
    fails(job, &success, Trouble::NoDatabase).await?;
    #[cfg(unix)]
    stopped::run_is_undone(job).await?;
    Ok(())
}

/// Lets the job fail after a success, and judges what the gateway shows then.
async fn fails(job: &Job, success: &Page, trouble: Trouble<'_>) -> Outcome {
    leave_behind(job).await?;
    let (run, page) = run_until_stamp_moves(job, trouble, success.sum(LAST_RUN, &[])).await?;
    exit_code_is_not_0(&run)?;
    last_run_moves(&run, success, &page)?;
    last_success_stays(success, &page)?;
    no_carts_expired(&page)?;
    nothing_is_left_over(&page)
}

async fn leave_behind(job: &Job) -> Outcome {
    let step = format!("# TYPE {STEP_DURATION} gauge\n{STEP_DURATION}{{step=\"{FORMER_STEP}\"}} 1\n");
    let duration = format!("# TYPE {DURATION} gauge\n{DURATION} {FORMER_DURATION}\n");
    job.push(&format!("job/{JOB}"), &(step + &duration)).await
}

async fn run_until_stamp_moves(job: &Job, trouble: Trouble<'_>, last_run: f64) -> Outcome<(Run, Page)> {
    let start = Instant::now();
    loop {
        let is_late = start.elapsed() > COARSEST_STAMP;
        let run = match trouble {
            Trouble::Disputed(sessions) => carts::run_on_disputed(job, sessions).await?,
            Trouble::NoDatabase => carts::run_without_database(job).await?,
        };
        let page = last_push(job).await?;
        if is_late || page.sum(LAST_RUN, &[]) > last_run {
            return Ok((run, page));
        }
    }
}

fn exit_code_is_not_0(run: &Run) -> Outcome {
    if run.code != Some(0) {
        return Ok(());
    }
    Failure::change("End a run that fails with an exit code other than 0.")
        .expected("an exit code that is not 0, when the database refuses the work, or is not there")
        .seen(run.lines())
        .mistake("The error is printed, or pushed, and then forgotten.")
        .why("cron and Kubernetes know nothing of a job but its exit code. They would take this run for a success.")
        .stop()
}

fn last_run_moves(run: &Run, success: &Page, page: &Page) -> Outcome {
    let before = success.sum(LAST_RUN, &[]);
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

fn last_success_stays(success: &Page, page: &Page) -> Outcome {
    let [before, after] = [success, page].map(|page| page.series(LAST_SUCCESS).map(|sample| sample.value).next());
    if before == after {
        return Ok(());
    }
    let change = match after {
        None => "Keep the stamp of the last success when a run fails: push that run by POST.",
        Some(_) => "Leave the stamp of the last success out of what a failing run pushes.",
    };
    let mistake = match after {
        None => {
            "The failing run is pushed by PUT, which replaces the whole group. The stamp of the last success goes with it."
        }
        Some(0.0) => {
            "The gauge is registered in every run. Whatever is registered is pushed, and a gauge that nobody has set is 0: a last success in 1970."
        }
        Some(_) => "The stamp is set at the end of every run, however it ended.",
    };
    Failure::change(change)
        .expected(format!("{LAST_SUCCESS} as it was after the success: {}", before.unwrap_or_default()))
        .seen(family_lines(page, LAST_SUCCESS))
        .mistake(mistake)
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

fn nothing_is_left_over(page: &Page) -> Outcome {
    let is_former_step = |sample: &&Sample| sample.label("step") == Some(FORMER_STEP);
    let is_former_duration = |sample: &&Sample| sample.value == FORMER_DURATION;
    let steps = page.series(STEP_DURATION).filter(is_former_step);
    let left: Vec<_> = steps.chain(page.series(DURATION).filter(is_former_duration)).collect();
    if left.is_empty() {
        return Ok(());
    }
    Failure::change("Let a failing run push all of its metrics, but for the stamp of the last success.")
        .expected(format!("{DURATION} and {STEP_DURATION} of the run that failed, and nothing of an earlier one"))
        .seen(left.iter().map(|sample| sample.line.clone()))
        .mistake("A POST replaces only metrics of the names that it brings. What a failing run leaves out stays from the run before: so it has to bring its duration, and the steps that it came to, the one that failed among them.")
        .why("Half of the group would be of one run, and half of another. Nobody can tell which number is from which.")
        .stop()
}

async fn nothing_is_half_done(job: &Job, old: &[Session]) -> Outcome {
    let left = carts::left(job, old).await?;
    if left == old.len() {
        return Ok(());
    }
    Failure::change("Do all of the work in one transaction, so that a run that fails changes nothing.")
        .expected(format!("all {} carts are there after a run that failed", old.len()))
        .seen([format!("{left} of {} carts are left", old.len())])
        .mistake("Carts are deleted one by one, or part by part, and what was deleted before the error stays deleted.")
        .why("Half-done work is in no metric: the run says that it expired no cart.")
        .stop()
}

#[cfg(unix)]
mod stopped {
    //! Ctrl-C, in the middle of the work.

    use std::pin::pin;
    use std::time::Duration;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use tokio::process::Child;
    use tokio::time::timeout;

    use super::super::carts;
    use super::super::run::ARGUMENTS;
    use crate::outcome::{Failure, Outcome, Stop};
    use crate::subject::app::PATIENCE;
    use crate::subject::job::{Job, Run, wait_for};

    /// What a run usually takes to come to where it has to wait. One that is stopped earlier leaves no work undone
    /// either.
    const HEAD_START: Duration = Duration::from_millis(300);

    /// Stops a run that waits for the database: it has done all of its work, or none, and its exit code says which.
    pub(super) async fn run_is_undone(job: &Job) -> Outcome {
        let old = carts::open(job, 2, carts::OLD).await?;
        let run = stop_while_it_waits(job).await?;
        let left = carts::left(job, &old).await?;
        let is_true = match run.code {
            Some(0) => left == 0,
            _ => left == old.len(),
        };
        if is_true {
            return Ok(());
        }
        Failure::change("Let Ctrl-C undo what is not committed, and say by the exit code which of the two happened.")
            .expected("after SIGINT: another exit code than 0 and every cart still there, or exit code 0 and all the work done")
            .seen(run.lines())
            .seen([format!("{left} of {} carts are left", old.len())])
            .mistake("The signal ends the wait for the work, but the work goes on in a task or a statement of its own, outside of a transaction. Or the signal is taken for a success.")
            .why("Jobs are stopped all the time: by a deployment, by a node that is drained. Nobody must have to look at the database to know what was done.")
            .stop()
    }

    async fn stop_while_it_waits(job: &Job) -> Outcome<Run> {
        let lock = job.database.lock_writes().await.map_err(Stop::not_run)?;
        let mut child = job.start(&ARGUMENTS, job.database.url(), job.gateway.base_url())?;
        if timeout(HEAD_START, child.wait()).await.is_err() {
            interrupt(&child);
        }
        let mut end = pin!(wait_for(child, &ARGUMENTS));
        let early = timeout(PATIENCE, &mut end).await;
        lock.release().await.map_err(Stop::not_run)?;
        let run = match early {
            Ok(run) => run?,
            Err(_) => end.await?,
        };
        // Behind whatever the stopped run still has in the database's queue.
        let lock = job.database.lock_writes().await.map_err(Stop::not_run)?;
        lock.release().await.map_err(Stop::not_run)?;
        Ok(run)
    }

    fn interrupt(child: &Child) {
        if let Some(id) = child.id().and_then(|id| i32::try_from(id).ok()) {
            // Fails when it has just ended by itself.
            let _ = kill(Pid::from_raw(id), Signal::SIGINT);
        }
    }
}
