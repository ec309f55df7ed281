//! The work stays done when the gateway is down, slow, or refuses, and somebody gets to know.

#[cfg(unix)]
mod order;
mod patience;
mod push;
mod refusals;
mod second_push;
mod unusable;

use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};

use super::names::CLOSED;
use super::run::{ARGUMENTS, WORK_FAILED, run_with};
use super::stub::{Reply, Stub};
use super::{carts, password};
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, Run};

pub(super) async fn is_survived(job: &Job) -> Outcome {
    let failing = run_with(job, &ARGUMENTS, carts::NO_DATABASE, job.gateway.base_url());
    // Most of these wait, so they go side by side: each on a database of its own, or they would do each other's work.
    let jobs = try_join_all((0..7).map(|_| job.with_another_database()));
    let (failing, jobs) = try_join(failing, jobs).await?;
    let [silent, hung_up, ill, closed, stopped, refusing, unusable] = &jobs[..] else {
        return Err(Stop::not_run("there are not enough databases"));
    };
    let failing = &failing;
    parts::side_by_side([
        refusals::are_told(refusing, failing).boxed(),
        failed_work_is_told(job, failing).boxed(),
        #[cfg(unix)]
        order::is_work_then_push(stopped).boxed(),
        patience::with_a_busy_gateway(job).boxed(),
        unusable::is_said(unusable).boxed(),
        patience::without_a_gateway(closed, failing).boxed(),
        patience::with_an_ill_gateway(ill, failing).boxed(),
        patience::with_a_silent_gateway(silent, failing).boxed(),
        patience::with_one_that_hangs_up(hung_up, failing).boxed(),
        patience::with_one_that_speaks_no_http(job, failing).boxed(),
        second_push::is_of_the_same_run(job).boxed(),
        #[cfg(unix)]
        super::surroundings::do_not_matter(job).boxed(),
    ])
    .await
}

async fn failed_work_is_told(job: &Job, failing: &Run) -> Outcome {
    failed_work_stays_failed(job, failing).await?;
    failed_work_without_a_gateway_is_told(job).await
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
async fn failed_work_without_a_gateway_is_told(job: &Job) -> Outcome {
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
