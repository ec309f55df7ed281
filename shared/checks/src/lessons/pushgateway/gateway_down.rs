//! The work stays done when the gateway is down, slow, or refuses, and somebody gets to know.

use futures_util::future::join3;

use super::carts;
use super::group::last_push;
use super::names::EXPIRED;
use super::run::ARGUMENTS;
use super::stub::{Reply, Stub};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const WHY: &str = "A push that fails in silence looks like a job that never ran. Somebody is woken up, and finds that all the work was done.";
const WHY_PATIENCE: &str = "A gateway is restarted in seconds. A job that gives up at once raises an alarm for that, and one that never gives up is still there when the next one begins.";

/// Nobody may listen there but root, and hardly anybody does.
const CLOSED: &str = "127.0.0.1:1";
const PASSWORD: &str = "hidden-from-logs";
/// A few attempts are patience. More than that, at a gateway that is ill, are none.
const MOST_ATTEMPTS: usize = 10;

const REASON: &str = "batch_duration_seconds is not a HISTOGRAM";

pub(super) async fn is_survived(job: &Job) -> Outcome {
    let failing = carts::run_without_database(job).await?;
    answers_400(job, &failing).await?;
    failed_work_stays_failed(job, &failing).await?;
    is_busy_once(job).await?;
    // These wait, so they go side by side: each on a database of its own, or they would do each other's work.
    let [second, third] = [job.with_another_database().await?, job.with_another_database().await?];
    let (closed, ill, silent) =
        join3(is_closed(job, &failing), answers_500(&second, &failing), is_silent_once(&third, &failing)).await;
    closed.and(ill).and(silent)
}

async fn is_closed(job: &Job, failing: &Run) -> Outcome {
    hides_the_password(&push_fails(job, CLOSED, failing).await?)
}

/// Runs the job on a gateway that does not take the push: the work is done, and the exit code says that the push is not.
async fn push_fails(job: &Job, gateway: &str, failing: &Run) -> Outcome<Run> {
    let run = works(job, gateway, 1).await?;
    says_that_the_push_failed(&run, failing)?;
    Ok(run)
}

/// Where nothing works, the exit code says so of the work: it is what somebody has to do again.
async fn failed_work_stays_failed(job: &Job, failing: &Run) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(400, "out of order")]).await?;
    let run = job.run_with(&ARGUMENTS, carts::NO_DATABASE, &format!("http://{}", stub.address())).await?;
    if run.code == failing.code {
        return Ok(());
    }
    Failure::change("Keep the exit code of failed work, when the push of that result fails, too.")
        .expected("the same exit code as with a gateway that takes the push")
        .seen(run.lines())
        .seen(failing.lines().into_iter().take(1).map(|line| format!("and with a gateway that takes it: {line}")))
        .mistake("The push comes last, and its error decides alone.")
        .why("The code 3 promises that the work is done. Whoever relies on that does not look again.")
        .stop()
}

fn says_that_the_push_failed(run: &Run, failing: &Run) -> Outcome {
    if run.code != Some(0) && run.code != failing.code {
        return Ok(());
    }
    let mistake = match run.code {
        Some(0) => "The result of the push is ignored, or its error is printed and forgotten.",
        _ => "All errors end in the same exit code. But here the work is done, and there it is not.",
    };
    Failure::change("Give a run whose push failed an exit code of its own: 3.")
        .expected(
            "an exit code that is neither 0 nor that of a run that failed, when the work is done and the push is not",
        )
        .seen(run.lines())
        .seen(failing.lines().into_iter().take(1).map(|line| format!("and on a database that is not there: {line}")))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

/// Runs the job on any gateway: the work has to be done.
async fn works(job: &Job, gateway: &str, count: usize) -> Outcome<Run> {
    let old = carts::open(job, count, carts::OLD).await?;
    let url = format!("http://job:{PASSWORD}@{gateway}");
    let run = job.run_with(&ARGUMENTS, job.database.url(), &url).await?;
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

fn hides_the_password(run: &Run) -> Outcome {
    if !run.output.contains(PASSWORD) {
        return Ok(());
    }
    Failure::change("Leave the password of PUSHGATEWAY_URL out of what is printed.")
        .expected("an error that shows the gateway without user and password, or not at all")
        .seen(run.output.lines().filter(|line| line.contains(PASSWORD)))
        .mistake("The URL is printed as it is, or the client's error is, which repeats it.")
        .why("A log is read by many, copied into tickets, and kept for years.")
        .stop()
}

async fn answers_500(job: &Job, failing: &Run) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(500, "out of order")]).await?;
    let run = push_fails(job, &stub.address(), failing).await?;
    hides_the_password(&run)?;
    let requests = stub.requests();
    if (2..=MOST_ATTEMPTS).contains(&requests.len()) {
        return Ok(());
    }
    Failure::change("Try a push that fails a few times, with growing pauses, and then give up.")
        .expected(format!("2 to {MOST_ATTEMPTS} requests, at a gateway that answers each with 500"))
        .seen([format!("{} requests", requests.len())])
        .seen(requests.into_iter().take(2))
        .seen(run.lines())
        .mistake(
            "A push is tried only once: `prometheus_push` does nothing else. Or a loop has neither an end nor a pause.",
        )
        .why(WHY_PATIENCE)
        .stop()
}

async fn answers_400(job: &Job, failing: &Run) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(400, REASON)]).await?;
    let run = push_fails(job, &stub.address(), failing).await?;
    hides_the_password(&run)?;
    gives_up_at_once(&run, stub.requests())?;
    tells_the_reason(&run)
}

fn gives_up_at_once(run: &Run, requests: Vec<String>) -> Outcome {
    if requests.len() == 1 {
        return Ok(());
    }
    Failure::change("Don't repeat a push that the gateway refuses with a 4xx.")
        .expected("1 request, at a gateway that answers with 400")
        .seen(requests)
        .seen(run.lines())
        .mistake("Each error is taken for one that goes away by itself. But a 4xx says that the push is wrong, and it will be as wrong in a second.")
        .why(WHY_PATIENCE)
        .stop()
}

fn tells_the_reason(run: &Run) -> Outcome {
    let output = run.output.split_whitespace().collect::<Vec<_>>().join(" ");
    if output.contains("400") && output.contains(REASON) {
        return Ok(());
    }
    Failure::change("Print the status of the gateway's answer, and its reason.")
        .expected(format!("the status 400 and the text `{REASON}`, which the gateway gave as its reason"))
        .seen(run.lines())
        .mistake("The body of the answer is not read. Or it is read, and lost on the way: the `Display` of `PushMetricsError::Response` leaves out the text that it holds.")
        .why("\"The push failed\" sends somebody to look for a reason. The gateway knows it, and has said it.")
        .stop()
}

/// The second attempt meets the real gateway.
async fn is_busy_once(job: &Job) -> Outcome {
    const CARTS: usize = 4;
    let gateway = Reply::PassTo(job.gateway.base_url().to_owned());
    let stub = Stub::start(vec![Reply::Status(503, "busy"), gateway]).await?;
    let run = works(job, &stub.address(), CARTS).await?;
    let page = last_push(job).await?;
    if run.code == Some(0) && page.sum(EXPIRED, &[]) == CARTS as f64 {
        return Ok(());
    }
    let mistake = match (run.code, stub.requests().len()) {
        (Some(0), _) => {
            "The whole job is tried again, the work included. The second time there is nothing left to do, and that is what is pushed."
        }
        (_, 1) => "The push is tried only once, as `prometheus_push` does it, or a 503 is taken for a final answer.",
        _ => "An attempt that failed is remembered, although a later one succeeded.",
    };
    Failure::change("Repeat a push that fails for the moment: that push, and nothing else.")
        .expected(format!(
            "exit code 0 and {EXPIRED} {CARTS}, at a gateway that answers 503 once, and takes the next push"
        ))
        .seen(run.lines())
        .seen(stub.requests())
        .seen(family_lines(&page, EXPIRED))
        .mistake(mistake)
        .why(WHY_PATIENCE)
        .stop()
}

/// The first attempt gets no answer, and a job without a time-out waits for ever. One that gives up then is no worse
/// than one that tries again, as long as its exit code says so.
async fn is_silent_once(job: &Job, failing: &Run) -> Outcome {
    let gateway = Reply::PassTo(job.gateway.base_url().to_owned());
    let stub = Stub::start(vec![Reply::Silence, gateway]).await?;
    let run = works(job, &stub.address(), 1).await?;
    if run.code == Some(0) && stub.requests().len() > 1 {
        return Ok(());
    }
    says_that_the_push_failed(&run, failing)
}
