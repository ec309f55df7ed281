//! A signal in the middle of the work.

use std::pin::pin;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::timeout;

use super::super::group::last_push;
use super::super::names::{DURATION, STEP_DURATION, STEPS};
use super::super::run::{ARGUMENTS, WORK_FAILED, succeed};
use super::super::wire::{Manner, Wire};
use super::super::{carts, password, signals};
use super::{Trouble, fails, left_over};
use crate::database::WriteLock;
use crate::exposition::Page;
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::PATIENCE;
use crate::subject::job::{Job, Run, wait_for};

/// What a run is given to come to where it has to wait. A signal that comes before the program listens ends it, and
/// says nothing about it: then the next one waits longer.
const HEAD_STARTS: [Duration; 3] =
    [Duration::from_millis(300), Duration::from_millis(1000), Duration::from_millis(3000)];
/// Longer than anybody waits for a database.
const NO_ANSWER: Duration = Duration::from_secs(60);

/// When a signal comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    wait: Wait,
    signal: Signal,
    head_start: Duration,
}

/// What the run waits for by then.
#[derive(Debug, Clone, Copy)]
enum Wait {
    /// The database has taken the connection, and says nothing.
    ToConnect,
    /// The deletion waits for somebody else's lock.
    ToExpire,
}

/// Stops a run that waits for the database: it has done none of its work, and says so.
pub(super) async fn run_is_undone(job: &Job) -> Outcome {
    are_failed_runs(job, Wait::ToExpire).await
}

/// Stops a run that does not reach the database.
pub(super) async fn connection_is_given_up(job: &Job) -> Outcome {
    are_failed_runs(job, Wait::ToConnect).await
}

async fn are_failed_runs(job: &Job, wait: Wait) -> Outcome {
    let job = job.apart().await?;
    let success = succeed(&job).await?;
    carts::open(&job, 2, carts::OLD).await?;
    for signal in signals::SIGNALS {
        is_failed_run(&job, &success, wait, signal).await?;
    }
    Ok(())
}

async fn is_failed_run(job: &Job, success: &Page, wait: Wait, signal: Signal) -> Outcome {
    let mut judged = Ok(());
    for head_start in HEAD_STARTS {
        let moment = Moment { wait, signal, head_start };
        judged = fails(job, success, Trouble::Stopped(&moment)).await.map(drop);
        if judged.is_ok() || moment.had_come(&last_push(job).await?) {
            break;
        }
    }
    judged
}

impl Moment {
    /// The steps that the run came to.
    pub(super) fn steps(self) -> &'static [&'static str] {
        match self.wait {
            Wait::ToConnect => &STEPS[..1],
            Wait::ToExpire => &STEPS[..2],
        }
    }

    /// Whether the run was where it should be, as its steps tell.
    fn had_come(self, page: &Page) -> bool {
        self.steps().iter().all(|step| page.matching(STEP_DURATION, &[("step", step)]).next().is_some())
    }

    /// Such a run, for an explanation.
    pub(super) fn words(self) -> &'static str {
        match self.wait {
            Wait::ToConnect => "a run that was stopped while it waited for a connection",
            Wait::ToExpire => "a run that was stopped while it waited to delete",
        }
    }

    pub(super) async fn run(self, job: &Job, gateway_url: &str) -> Outcome<Run> {
        let old = carts::open(job, 2, carts::OLD).await?;
        let run = self.stop(job, gateway_url).await?;
        password::is_hidden(&run)?;
        is_true(&run, self.signal, carts::left(job, &old).await?, old.len())?;
        Ok(run)
    }

    async fn stop(self, job: &Job, gateway_url: &str) -> Outcome<Run> {
        let silent = Wire::start(vec![Manner::HangUp(NO_ANSWER)]).await?;
        let (lock, database_url) = match self.wait {
            Wait::ToConnect => (None, password::database_url(&silent.address())),
            Wait::ToExpire => (Some(lock_writes(job).await?), job.database.url().to_owned()),
        };
        let mut child = job.start(&ARGUMENTS, &database_url, gateway_url)?;
        if timeout(self.head_start, child.wait()).await.is_err() {
            signals::send(self.signal, &child);
        }
        let mut end = pin!(wait_for(child, &ARGUMENTS));
        let early = timeout(PATIENCE, &mut end).await;
        if let Some(lock) = lock {
            lock.release().await.map_err(Stop::not_run)?;
        }
        let run = match early {
            Ok(run) => run?,
            Err(_) => end.await?,
        };
        // Behind whatever the stopped run still has in the database's queue.
        lock_writes(job).await?.release().await.map_err(Stop::not_run)?;
        Ok(run)
    }

    pub(super) fn is_told(self, run: &Run, page: &Page) -> Outcome {
        if run.code == Some(WORK_FAILED) && left_over::lines(page).is_empty() && !run.complained.trim().is_empty() {
            return Ok(());
        }
        let signal = self.signal;
        let waits = match self.wait {
            Wait::ToConnect => "for a database that does not answer",
            Wait::ToExpire => "for the database",
        };
        let mistake = match run.code {
            None => "The signal ends the program as it is: the program does not listen to it.",
            Some(WORK_FAILED) => "The signal is heard, and the push is left out, or the word on standard error.",
            Some(_) => {
                "The signal is not heard, and the run goes on to its end. Or it is heard, and ends in another exit code."
            }
        };
        Failure::change("Let a run that is stopped be a run that failed: with exit code 1, a word on standard error, and a push.")
            .expected(format!("after {signal}, while the job waits {waits}: exit code 1, and its {DURATION} and steps on the gateway"))
            .seen(run.lines())
            .seen(family_lines(page, DURATION))
            .seen(family_lines(page, STEP_DURATION))
            .mistake(mistake)
            .why("\"It was stopped\" and \"it did not run at all\" have different causes. Without a push, nobody can tell one from the other.")
            .stop()
    }
}

async fn lock_writes(job: &Job) -> Outcome<WriteLock> {
    job.database.lock_writes().await.map_err(Stop::not_run)
}

/// It has done all of its work, or none, and its exit code says which.
fn is_true(run: &Run, signal: Signal, left: usize, count: usize) -> Outcome {
    let is_true = match run.code {
        Some(0) => left == 0,
        _ => left == count,
    };
    if is_true {
        return Ok(());
    }
    Failure::change("Let Ctrl-C undo what is not committed, and say by the exit code which of the two happened.")
        .expected(format!("after {signal}: another exit code than 0 and every cart still there, or exit code 0 and all the work done"))
        .seen(run.lines())
        .seen([format!("{left} of {count} carts are left")])
        .mistake("The signal ends the wait for the work, but the work goes on in a task or a statement of its own, outside of a transaction. Or the signal is taken for a success.")
        .why("Jobs are stopped all the time: by a deployment, by a node that is drained. Nobody must have to look at the database to know what was done.")
        .stop()
}
