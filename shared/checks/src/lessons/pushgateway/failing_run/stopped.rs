//! A signal in the middle of the work.

use std::pin::pin;
use std::time::Duration;

use nix::sys::signal::Signal;
use shop::Session;
use tokio::time::timeout;

use super::super::group::last_push;
use super::super::run::{ARGUMENTS, WORK_FAILED, gateway_url};
use super::super::{carts, password, signals};
use super::{last_success, left_over};
use crate::exposition::Page;
use crate::lessons::lines::family_lines;
use crate::lessons::pushgateway::names::{DURATION, STEP_DURATION};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::PATIENCE;
use crate::subject::job::{Job, Run, wait_for};

/// What a run is given to come to where it has to wait. A signal that comes before the program listens ends it, and
/// says nothing about it: then the next one waits longer.
const HEAD_STARTS: [Duration; 3] =
    [Duration::from_millis(300), Duration::from_millis(1000), Duration::from_millis(3000)];

/// Stops a run that waits for the database: it has done none of its work, and says so.
pub(super) async fn run_is_undone(job: &Job, success: &Page) -> Outcome {
    for signal in signals::SIGNALS {
        let old = carts::open(job, 2, carts::OLD).await?;
        left_over::leave_behind(job).await?;
        let run = stop_while_it_waits(job, signal, &old).await?;
        let page = last_push(job).await?;
        is_a_failed_run(&run, signal, &page)?;
        last_success::stays(success, &page)?;
    }
    Ok(())
}

/// Until the program has heard the signal.
async fn stop_while_it_waits(job: &Job, signal: Signal, old: &[Session]) -> Outcome<Run> {
    let mut last = None;
    for head_start in HEAD_STARTS {
        let run = stop_after(job, signal, head_start).await?;
        password::is_hidden(&run)?;
        is_true(job, &run, signal, old).await?;
        if run.code.is_some() {
            return Ok(run);
        }
        last = Some(run);
    }
    last.ok_or_else(|| Stop::not_run("no run was stopped"))
}

async fn stop_after(job: &Job, signal: Signal, head_start: Duration) -> Outcome<Run> {
    let lock = job.database.lock_writes().await.map_err(Stop::not_run)?;
    let mut child = job.start(&ARGUMENTS, job.database.url(), &gateway_url(job))?;
    if timeout(head_start, child.wait()).await.is_err() {
        signals::send(signal, &child);
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

/// It has done all of its work, or none, and its exit code says which.
async fn is_true(job: &Job, run: &Run, signal: Signal, old: &[Session]) -> Outcome {
    let left = carts::left(job, old).await?;
    let is_true = match run.code {
        Some(0) => left == 0,
        _ => left == old.len(),
    };
    if is_true {
        return Ok(());
    }
    Failure::change("Let Ctrl-C undo what is not committed, and say by the exit code which of the two happened.")
        .expected(format!("after {signal}: another exit code than 0 and every cart still there, or exit code 0 and all the work done"))
        .seen(run.lines())
        .seen([format!("{left} of {} carts are left", old.len())])
        .mistake("The signal ends the wait for the work, but the work goes on in a task or a statement of its own, outside of a transaction. Or the signal is taken for a success.")
        .why("Jobs are stopped all the time: by a deployment, by a node that is drained. Nobody must have to look at the database to know what was done.")
        .stop()
}

fn is_a_failed_run(run: &Run, signal: Signal, page: &Page) -> Outcome {
    if run.code == Some(WORK_FAILED) && left_over::lines(page).is_empty() && !run.complained.trim().is_empty() {
        return Ok(());
    }
    let mistake = match run.code {
        None => "The signal ends the program as it is: the program does not listen to it.",
        Some(WORK_FAILED) => "The signal is heard, and the push is left out, or the word on standard error.",
        Some(_) => {
            "The signal is not heard, and the run goes on to its end. Or it is heard, and ends in another exit code."
        }
    };
    Failure::change("Let a run that is stopped be a run that failed: with exit code 1, a word on standard error, and a push.")
        .expected(format!("after {signal}, while the job waits for the database: exit code 1, and its {DURATION} and steps on the gateway"))
        .seen(run.lines())
        .seen(family_lines(page, DURATION))
        .seen(family_lines(page, STEP_DURATION))
        .mistake(mistake)
        .why("\"It was stopped\" and \"it did not run at all\" have different causes. Without a push, nobody can tell one from the other.")
        .stop()
}
