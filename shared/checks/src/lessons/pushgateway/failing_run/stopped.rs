//! A signal in the middle of the work.

use std::time::Duration;

use exposition::Page;
use nix::sys::signal::Signal;

use super::super::group::last_push;
use super::super::run::succeed;
use super::super::{carts, signals};
use super::judge::fails;
use super::moment::{Moment, Wait};
use super::trouble::Trouble;
use crate::outcome::Outcome;
use crate::subject::job::Job;

/// What a run is given to come to where it has to wait. A signal that comes before the program listens ends it, and
/// says nothing about it: then the next one waits longer.
const HEAD_STARTS: [Duration; 3] =
    [Duration::from_millis(300), Duration::from_millis(1000), Duration::from_millis(3000)];
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
