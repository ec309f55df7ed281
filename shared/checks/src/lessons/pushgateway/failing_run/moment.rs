//! The moment at which a signal comes.

use std::pin::pin;
use std::time::Duration;

use exposition::Page;
use nix::sys::signal::Signal;
use tokio::time::timeout;

use super::super::names::{DURATION, STEP_DURATION, STEPS};
use super::super::run::{ARGUMENTS, WORK_FAILED};
use super::super::wire::{Manner, Wire};
use super::super::{carts, password, signals};
use super::left_over;
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::PATIENCE;
use crate::subject::job::{Job, Run, awake_for, wait_for};

/// Longer than anybody waits for a database.
const NO_ANSWER: Duration = Duration::from_secs(60);

/// When a signal comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) wait: Wait,
    pub(super) signal: Signal,
    pub(super) head_start: Duration,
}

/// What the run waits for by then.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// The database has taken the connection, and says nothing.
    ToConnect,
    /// The deletion waits for somebody else's lock.
    ToExpire,
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
    pub(super) fn had_come(self, page: &Page) -> bool {
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
            Wait::ToExpire => (Some(job.lock_writes().await?), job.database.url().to_owned()),
        };
        let mut child = job.start(&ARGUMENTS, &database_url, gateway_url)?;
        if timeout(self.head_start, child.wait()).await.is_err() {
            signals::send(self.signal, &child);
        }
        let mut end = pin!(wait_for(child, &ARGUMENTS));
        let early = tokio::select! { biased; run = &mut end => Some(run), () = awake_for(PATIENCE) => None };
        if let Some(lock) = lock {
            lock.release().await.map_err(Stop::not_run)?;
        }
        let run = match early {
            Some(run) => run?,
            None => end.await?,
        };
        // Behind whatever the stopped run still has in the database's queue.
        job.lock_writes().await?.release().await.map_err(Stop::not_run)?;
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
