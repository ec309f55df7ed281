//! A run whose work is done, and whose push is not taken.

use super::super::run::{ARGUMENTS, GATEWAY_FAILED, run_with};
use super::super::{carts, password};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

pub(super) const WHY: &str = "A push that fails in silence looks like a job that never ran. Somebody is woken up, and finds that all the work was done.";

/// Runs the job on a gateway that does not take the push: the work is done, and the exit code says that the push is not.
pub(super) async fn fails(job: &Job, gateway: &str, failing: &Run) -> Outcome<Run> {
    let run = works(job, gateway, 1).await?;
    is_said_to_fail(&run, failing)?;
    Ok(run)
}

/// Ends the check unless a run whose push failed says so, in another way than one whose work failed.
pub(super) fn is_said_to_fail(run: &Run, failing: &Run) -> Outcome {
    if run.code == Some(GATEWAY_FAILED) && !run.complained.trim().is_empty() {
        return Ok(());
    }
    let mistake = match run.code {
        Some(GATEWAY_FAILED) => "The exit code is right, and nothing is said on standard error.",
        Some(0) => {
            "The result of the push is ignored, or its error is printed and forgotten. Or an answer that is no success is taken for one."
        }
        code if code == failing.code => {
            "All errors end in the same exit code. But here the work is done, and there it is not."
        }
        _ => "The exit code is none that speaks of the gateway.",
    };
    Failure::change("Give a run whose push failed an exit code of its own: 3.")
        .expected("exit code 3 and a word on standard error, when the work is done and the push is not")
        .seen(run.lines())
        .seen(failing.lines().into_iter().take(1).map(|line| format!("and on a database that is not there: {line}")))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

/// Runs the job on any gateway: the work has to be done.
pub(super) async fn works(job: &Job, gateway: &str, count: usize) -> Outcome<Run> {
    let old = carts::open(job, count, carts::OLD).await?;
    let run = run_with(job, &ARGUMENTS, job.database.url(), &password::gateway_url(gateway)).await?;
    if carts::left(job, &old).await? == 0 {
        return Ok(run);
    }
    Failure::change("Do the work first, and keep it whatever the gateway does.")
        .expected("the abandoned cart is gone, although the push failed")
        .seen(run.lines())
        .seen(["the cart is still in the database"])
        .mistake("The push stands before the commit, so that its error undoes the work. Or the job asks the gateway first, and gives up.")
        .why("The shop needs the work, and only people need the metrics. A monitoring that is down must not stop what it monitors.")
        .stop()
}
