//! A push that is tried again is the same push, also of a run that failed.

use exposition::Page;

use super::super::group::last_push;
use super::super::names::{LAST_RUN, LAST_SUCCESS};
use super::super::run::{ARGUMENTS, WORK_FAILED, run_with, succeed};
use super::super::stub::{Reply, Request, Stub};
use super::super::{carts, password};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

/// The gateway does not take the first push of a run that failed, and takes the next one.
pub(super) async fn is_of_the_same_run(job: &Job) -> Outcome {
    let job = job.apart().await?;
    let success = succeed(&job).await?;
    let gateway = Reply::PassTo(job.gateway.base_url().to_owned());
    let stub = Stub::start(vec![Reply::Status(503, "busy"), gateway]).await?;
    let run = run_with(&job, &ARGUMENTS, carts::NO_DATABASE, &password::gateway_url(&stub.address())).await?;
    let page = last_push(&job).await?;
    are_alike(&run, &stub.requests())?;
    if run.code == Some(WORK_FAILED) && tells_of_the_failure(&success, &page) {
        return Ok(());
    }
    Failure::change("Repeat the push of a failed run, too, when the gateway is away for the moment.")
        .expected(format!("exit code 1, {LAST_RUN} of the run that failed, and {LAST_SUCCESS} as it was, at a gateway that answers 503 once, and takes the next push"))
        .seen(run.lines())
        .seen(stub.lines())
        .seen(family_lines(&page, LAST_RUN))
        .seen(family_lines(&page, LAST_SUCCESS))
        .mistake("A run that fails has a push of its own, without the client's patience. Or the second attempt is of another kind than the first.")
        .why("The gateway and the database are often down together, and come back together.")
        .stop()
}

fn tells_of_the_failure(success: &Page, page: &Page) -> bool {
    let stays = |name: &str| page.sum(name, &[]) == success.sum(name, &[]);
    // A stamp of whole seconds may be the same by chance.
    page.sum(LAST_RUN, &[]) >= success.sum(LAST_RUN, &[]) && stays(LAST_SUCCESS)
}

/// Ends the check unless all attempts ask for the same, in the same name.
pub(super) fn are_alike(run: &Run, requests: &[Request]) -> Outcome {
    let are_alike =
        |pair: &[Request]| pair[0].line() == pair[1].line() && pair[0].authorization == pair[1].authorization;
    if requests.windows(2).all(are_alike) {
        return Ok(());
    }
    Failure::change("Repeat a push as it was: by the same method, to the same URL, with the same password.")
        .expected("attempts that are alike, at a gateway that answers the first of them with 5xx")
        .seen(run.lines())
        .seen(requests.iter().map(Request::line))
        .mistake("The second attempt is written down once more, and differs: a POST after a PUT, or a URL without its path or its password.")
        .why("What the first attempt would have done is right. Whatever else the second one does is not.")
        .stop()
}
