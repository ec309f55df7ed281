//! A gateway that is away, or ill, for a moment or for longer.

use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::super::names::{CLOSED, EXPIRED};
use super::super::run::names_number;
use super::super::stub::{Reply, Stub};
use super::super::wire::{Manner, Wire};
use super::{push, second_push};
use crate::lessons::lines::family_lines;
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const WHY: &str = "A gateway is restarted in seconds. A job that gives up at once raises an alarm for that, and one that never gives up is still there when the next one begins.";

/// A few attempts are patience. More than that, at a gateway that is ill, are none.
const MOST_ATTEMPTS: usize = 10;
/// How many times as long the last pause has to be as the first. A busy machine makes each a little longer.
const GROWTH: f64 = 1.5;

const HANG_UP: Manner = Manner::HangUp(Duration::ZERO);
const OUT_OF_ORDER: &str = "out of order";

/// More carts than a line of output names by chance.
const MANY: usize = 13;

/// Nobody listens.
pub(super) async fn without_a_gateway(job: &Job, failing: &Run) -> Outcome {
    push::fails(job, CLOSED, failing).await.map(drop)
}

/// It takes the connection and the push, and hangs up without an answer: each time, and only the first time.
pub(super) async fn with_one_that_hangs_up(job: &Job, failing: &Run) -> Outcome {
    parts::side_by_side([hangs_up_each_time(job, failing).boxed(), hangs_up_once(job).boxed()]).await
}

async fn hangs_up_each_time(job: &Job, failing: &Run) -> Outcome {
    let gateway = Wire::start(vec![HANG_UP]).await?;
    let run = push::fails(job, &gateway.address(), failing).await?;
    are_a_few("hangs up each time", &gateway.connections(), &run)
}

async fn hangs_up_once(job: &Job) -> Outcome {
    let job = job.apart().await?;
    let gateway = Wire::start(vec![HANG_UP, Manner::PassTo(job.gateway.address())]).await?;
    let run = push::works(&job, &gateway.address(), 1).await?;
    if run.code == Some(0) {
        return Ok(());
    }
    Failure::change("Repeat a push that gets no answer.")
        .expected("exit code 0, at a gateway that hangs up once, and takes the next push")
        .seen(run.lines())
        .mistake("Only a 5xx is repeated. But a gateway that is started anew says nothing at all.")
        .why(WHY)
        .stop()
}

/// Where an answer makes no sense, or never comes to its end, one may give up or try again, as long as the exit code is
/// true.
pub(super) async fn with_one_that_speaks_no_http(job: &Job, failing: &Run) -> Outcome {
    parts::side_by_side(
        [Manner::Babble, Manner::Drip, Manner::DripReason].map(|manner| is_told(job, manner, failing).boxed()),
    )
    .await
}

async fn is_told(job: &Job, manner: Manner, failing: &Run) -> Outcome {
    let job = job.apart().await?;
    let gateway = Wire::start(vec![manner, Manner::PassTo(job.gateway.address())]).await?;
    let run = push::works(&job, &gateway.address(), 1).await?;
    if run.code == Some(0) && gateway.connections().len() > 1 {
        return Ok(());
    }
    push::is_said_to_fail(&run, failing)
}

pub(super) async fn with_an_ill_gateway(job: &Job, failing: &Run) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(500, OUT_OF_ORDER)]).await?;
    let run = push::works(job, &stub.address(), MANY).await?;
    push::is_said_to_fail(&run, failing)?;
    says_what_is_done(&run, &stub.address())?;
    let requests = stub.requests();
    let times: Vec<_> = requests.iter().map(|request| request.at).collect();
    are_a_few("answers each with 500", &times, &run)?;
    second_push::are_alike(&run, &requests)?;
    if run.complained.contains("500") && run.complained.contains(OUT_OF_ORDER) {
        return Ok(());
    }
    Failure::change("Print the status and the reason of the gateway also when you give up after some attempts.")
        .expected(format!(
            "the status 500 and the text `{OUT_OF_ORDER}` on standard error, which the gateway gave each time"
        ))
        .seen(run.lines())
        .mistake("After the last attempt, only \"too many attempts\" is left of what the gateway has said.")
        .why(push::WHY)
        .stop()
}

/// Ends the check unless these are times of attempts of somebody who has patience, and comes to an end.
fn are_a_few(gateway: &str, times: &[Instant], run: &Run) -> Outcome {
    if (2..=MOST_ATTEMPTS).contains(&times.len()) {
        return pauses_grow(gateway, times);
    }
    Failure::change("Try a push that fails a few times, with growing pauses, and then give up.")
        .expected(format!("2 to {MOST_ATTEMPTS} requests, at a gateway that {gateway}"))
        .seen([format!("{} requests", times.len())])
        .seen(run.lines())
        .mistake(
            "A push is tried only once: `prometheus_push` does nothing else. Or a loop has neither an end nor a pause.",
        )
        .why(WHY)
        .stop()
}

fn says_what_is_done(run: &Run, gateway: &str) -> Outcome {
    if names_number(&run.said, gateway, MANY) {
        return Ok(());
    }
    Failure::change("Say how many carts have expired, whatever becomes of the push.")
        .expected(format!(
            "the number {MANY} on standard output, after a run that expired {MANY} carts, and whose push failed"
        ))
        .seen(run.lines())
        .mistake("The result is printed behind the push, and the error of the push comes first.")
        .why("Exit code 3 says that the work is done. How much of it, only the job itself can tell now.")
        .stop()
}

fn pauses_grow(gateway: &str, times: &[Instant]) -> Outcome {
    let pauses: Vec<_> = times.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs_f64()).collect();
    let Some((last, earlier)) = pauses.split_last().filter(|(_, earlier)| !earlier.is_empty()) else { return Ok(()) };
    // A busy machine makes some of them longer.
    let shortest = earlier.iter().copied().fold(f64::INFINITY, f64::min);
    if *last >= shortest * GROWTH {
        return Ok(());
    }
    Failure::change("Let the pauses between two attempts grow.")
        .expected(format!("a last pause that is clearly longer than the first, at a gateway that {gateway}"))
        .seen(pauses.iter().map(|pause| format!("a pause of about {pause:.3} s")))
        .mistake("The attempts follow each other without a pause, or always after the same one.")
        .why("A gateway that is ill gets time to recover. A hundred jobs that all knock each second keep it ill.")
        .stop()
}

/// The second attempt meets the real gateway.
pub(super) async fn with_a_busy_gateway(job: &Job) -> Outcome {
    const CARTS: usize = 4;
    let job = &job.apart().await?;
    let gateway = Reply::PassTo(job.gateway.base_url().to_owned());
    let stub = Stub::start(vec![Reply::Status(503, "busy"), gateway]).await?;
    let run = push::works(job, &stub.address(), CARTS).await?;
    let page = job.gateway.scrape().await?;
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
        .seen(stub.lines())
        .seen(family_lines(&page, EXPIRED))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

/// The first attempt gets no answer, and a job without a time-out waits for ever. One that gives up then is no worse
/// than one that tries again, as long as its exit code says so.
pub(super) async fn with_a_silent_gateway(job: &Job, failing: &Run) -> Outcome {
    let gateway = Reply::PassTo(job.gateway.base_url().to_owned());
    let stub = Stub::start(vec![Reply::Silence, gateway]).await?;
    let run = push::works(job, &stub.address(), 1).await?;
    if run.code == Some(0) && stub.requests().len() > 1 {
        return Ok(());
    }
    push::is_said_to_fail(&run, failing)
}
