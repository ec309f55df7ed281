//! The work stays done when the gateway is down, slow, or refuses, and somebody gets to know.

mod order;
mod patience;
mod refusals;
mod unusable;

use futures_util::future::{join, join4};

use super::run::{ARGUMENTS, GATEWAY_FAILED, WORK_FAILED, run_with};
use super::stub::{Reply, Stub};
use super::{CLOSED, carts, password};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const WHY: &str = "A push that fails in silence looks like a job that never ran. Somebody is woken up, and finds that all the work was done.";

pub(super) async fn is_survived(job: &Job) -> Outcome {
    let failing = run_with(job, &ARGUMENTS, carts::NO_DATABASE, job.gateway.base_url()).await?;
    refusals::are_told(job, &failing).await?;
    failed_work_stays_failed(job, &failing).await?;
    order::is_work_then_push(job).await?;
    patience::with_a_busy_gateway(job).await?;
    unusable::is_said(job).await?;
    // These wait, so they go side by side: each on a database of its own, or they would do each other's work.
    let [second, third, fourth] =
        [job.with_another_database().await?, job.with_another_database().await?, job.with_another_database().await?];
    let (closed, ill, silent, (hung_up, failed_twice)) = join4(
        patience::without_a_gateway(job, &failing),
        patience::with_an_ill_gateway(&second, &failing),
        patience::with_a_silent_gateway(&third, &failing),
        join(patience::with_one_that_hangs_up(&fourth, &failing), failed_work_is_told(job)),
    )
    .await;
    closed.and(ill).and(silent).and(hung_up).and(failed_twice)
}

/// Runs the job on a gateway that does not take the push: the work is done, and the exit code says that the push is not.
async fn push_fails(job: &Job, gateway: &str, failing: &Run) -> Outcome<Run> {
    let run = works(job, gateway, 1).await?;
    says_that_the_push_failed(&run, failing)?;
    Ok(run)
}

/// Where nothing works, the exit code says so of the work: it is what somebody has to do again.
async fn failed_work_stays_failed(job: &Job, failing: &Run) -> Outcome {
    const REASON: &str = "out of order";
    let stub = Stub::start(vec![Reply::Status(400, REASON)]).await?;
    let url = password::gateway_url(&stub.address());
    let run = run_with(job, &ARGUMENTS, carts::NO_DATABASE, &url).await?;
    if run.code != failing.code {
        return Failure::change("Keep the exit code of failed work, when the push of that result fails, too.")
            .expected("the same exit code as with a gateway that takes the push")
            .seen(run.lines())
            .seen(failing.lines().into_iter().take(1).map(|line| format!("and with a gateway that takes it: {line}")))
            .mistake("The push comes last, and its error decides alone.")
            .why("The code 3 promises that the work is done. Whoever relies on that does not look again.")
            .stop();
    }
    if run.complained.contains(REASON) {
        return Ok(());
    }
    says_both()
        .expected(format!("why the work failed, and `{REASON}`, which the gateway gave as its reason"))
        .seen(run.lines())
        .stop()
}

/// The same with no gateway at all, which takes some attempts to find out.
async fn failed_work_is_told(job: &Job) -> Outcome {
    let run = run_with(job, &ARGUMENTS, carts::NO_DATABASE, &password::gateway_url(CLOSED)).await?;
    if run.code == Some(WORK_FAILED) && run.complained.contains(CLOSED) {
        return Ok(());
    }
    says_both()
        .expected(format!(
            "exit code 1, why the work failed, and that the push to {CLOSED} failed, where nobody listens"
        ))
        .seen(run.lines())
        .stop()
}

fn says_both() -> Failure {
    Failure::change("Say on standard error that the push failed, where the work has failed, too.")
        .mistake(
            "The error of the second push is dropped (`let _ =`, `.ok()`), since the exit code is decided already.",
        )
        .why("Two things are broken, and the gateway will still be broken when the database is repaired.")
}

fn says_that_the_push_failed(run: &Run, failing: &Run) -> Outcome {
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
async fn works(job: &Job, gateway: &str, count: usize) -> Outcome<Run> {
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
