//! A gateway that answers, but does not take the push.

use std::sync::LazyLock;

use super::super::names::LAST_RUN;
use super::super::run::GATEWAY_FAILED;
use super::super::stub::{Reply, Request, Stub};
use super::push::{self, WHY};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

/// The status, and what the gateway says about it.
const REFUSALS: [(u16, &str); 9] = [
    (400, "batch_duration_seconds is not a HISTOGRAM"),
    (401, "tell me who you are"),
    (404, "no gateway is here"),
    (422, "no sample was found"),
    (403, "you may look, but not push"),
    (408, "that took too long"),
    (413, "that is too much"),
    (429, "not so fast"),
    // Some say nothing.
    (409, ""),
];
/// A reason of two pages, in which no length in bytes is safe to cut at: each of its characters has three.
static LONG_REASON: LazyLock<String> = LazyLock::new(|| format!("no: {}", "ありません".repeat(500)));
/// They send a client elsewhere. After 301 to 303, many clients look at what is there, instead of pushing.
const REDIRECTS: [u16; 5] = [302, 303, 307, 308, 301];
/// All of them are a yes.
const SUCCESSES: [u16; 3] = [200, 202, 204];
const ELSEWHERE: &str = "/elsewhere";

pub(super) async fn are_told(job: &Job, failing: &Run) -> Outcome {
    for (status, reason) in REFUSALS {
        let stub = Stub::start(vec![Reply::Status(status, reason)]).await?;
        let run = push::fails(job, &stub.address(), failing).await?;
        is_not_repeated(&run, status, &stub)?;
        reason_is_told(&run, status, reason)?;
    }
    for status in REDIRECTS {
        let stub = Stub::start(vec![Reply::Redirect(status, ELSEWHERE), Reply::Status(200, "welcome")]).await?;
        let run = push::works(job, &stub.address(), 1).await?;
        redirect_is_no_push(&run, status, &stub)?;
    }
    let stub = Stub::start(vec![Reply::Status(400, &LONG_REASON)]).await?;
    let run = push::fails(job, &stub.address(), failing).await?;
    reason_is_told(&run, 400, "no: ありません")?;
    successes_are_taken(job).await
}

async fn successes_are_taken(job: &Job) -> Outcome {
    for status in SUCCESSES {
        let stub = Stub::start(vec![Reply::Status(status, "")]).await?;
        let run = push::works(job, &stub.address(), 1).await?;
        if run.code != Some(0) || stub.requests().len() != 1 {
            return Failure::change("Take each status of 200 to 299 for a success.")
                .expected(format!("exit code 0 and 1 request, at a gateway that answers with {status}"))
                .seen(run.lines())
                .seen(stub.lines())
                .mistake("The status is compared with 200 alone. Older gateways answer with 202, and proxies with 204.")
                .why("The gateway has the result, and the job says that it has not.")
                .stop();
        }
    }
    Ok(())
}

fn is_not_repeated(run: &Run, status: u16, stub: &Stub) -> Outcome {
    let requests = stub.requests();
    if requests.len() == 1 {
        return Ok(());
    }
    let is_repeated = requests.windows(2).all(|pair| pair[0].line() == pair[1].line());
    let failure = if is_repeated {
        Failure::change("Don't repeat a push that the gateway refuses with a 4xx.")
            .mistake("Each error is taken for one that goes away by itself. But a 4xx says that the push is wrong, and it will be as wrong in a second.")
            .why("A gateway is restarted in seconds. A job that gives up at once raises an alarm for that, and one that never gives up is still there when the next one begins.")
    } else {
        Failure::change("Push once in each run, at its end, and send nothing else.")
            .mistake("The requests differ, so the push was not repeated: the job sends something beside it, such as a deletion before the push, or a push of another kind after one that was refused.")
            .why("Between two requests the group is empty, or half of it is missing. If the second one fails, it stays so.")
    };
    failure
        .expected(format!("1 request, at a gateway that answers with {status}"))
        .seen(stub.lines())
        .seen(run.lines())
        .stop()
}

fn reason_is_told(run: &Run, status: u16, reason: &str) -> Outcome {
    let complaint = run.complained.split_whitespace().collect::<Vec<_>>().join(" ");
    if complaint.contains(&status.to_string()) && complaint.contains(reason) {
        return Ok(());
    }
    Failure::change("Print the status of the gateway's answer, and its reason.")
        .expected(format!("the status {status} and the text `{reason}` on standard error, which the gateway gave as its reason"))
        .seen(run.lines())
        .mistake("The body of the answer is not read. Or it is read, and lost on the way: the `Display` of `PushMetricsError::Response` leaves out the text that it holds.")
        .why("\"The push failed\" sends somebody to look for a reason. The gateway knows it, and has said it.")
        .stop()
}

/// A client may follow a redirect, but only with the metrics. What it brings decides which exit code is true.
fn redirect_is_no_push(run: &Run, status: u16, stub: &Stub) -> Outcome {
    let brings =
        |request: &Request| request.path == ELSEWHERE && request.is_change() && request.body.contains(LAST_RUN);
    let arrived = stub.requests().iter().any(brings);
    if run.code == Some(if arrived { 0 } else { GATEWAY_FAILED }) {
        return Ok(());
    }
    Failure::change("Take a redirect for what it is: no success.")
        .expected(format!("exit code 3 at a gateway that answers {status}, unless the metrics themselves are pushed to where it leads"))
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("A client that follows redirects, which is reqwest's default, makes a GET without metrics of a push that is answered with 302 or 303. It finds some page there, and all seems well.")
        .why(WHY)
        .stop()
}
