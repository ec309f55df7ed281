//! The push comes after the work, and does not keep the job from being stopped.

use std::time::Duration;

use futures_util::FutureExt;
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::super::names::JOB;
use super::super::run::{ARGUMENTS, GATEWAY_FAILED, WORK_FAILED};
use super::super::stub::{Reply, Stub};
use super::super::wire::{Manner, Wire};
use super::super::{carts, password, signals};
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run, wait_for};

/// What a run is given until it listens to signals. One that comes too early ends it, and says nothing about it.
const HEAD_STARTS: [Duration; 3] =
    [Duration::from_millis(300), Duration::from_millis(1000), Duration::from_millis(3000)];
/// Longer than anybody waits for a database.
const NO_ANSWER: Duration = Duration::from_secs(60);

/// While the gateway does not answer, there is time to look into the database, and to stop the job.
pub(super) async fn is_work_then_push(job: &Job) -> Outcome {
    let old = carts::open(job, 2, carts::OLD).await?;
    let stub = Stub::start(vec![Reply::Silence]).await?;
    let child = job.start(&ARGUMENTS, job.database.url(), &password::gateway_url(&stub.address()))?;
    let child = stub.wait_for_requests(1, child).await;
    let left = carts::left(job, &old).await?;
    let pushes = stub.changes().len();
    signals::send(Signal::SIGTERM, &child);
    let run = wait_for(child, &ARGUMENTS).await?;
    password::is_hidden(&run)?;
    was_committed(&run, left, old.len(), &stub)?;
    was_stopped(&run, pushes, &stub)?;
    parts::side_by_side([
        wait_is_ended(job, &Wait { signal: Signal::SIGINT, ..Wait::after_work(Reply::Silence) }).boxed(),
        wait_is_ended(job, &Wait::after_work(Reply::Status(503, "busy"))).boxed(),
        wait_is_ended(job, &Wait { busy: 2, ..Wait::after_work(Reply::Silence) }).boxed(),
        wait_is_ended(job, &Wait { has_database: false, ..Wait::after_work(Reply::Silence) }).boxed(),
        second_signal_is_heard(job).boxed(),
    ])
    .await
}

/// A run that has something to wait for, once its work is done or has failed.
struct Wait {
    /// How many pushes are answered with 503 before it comes to this reply.
    busy: usize,
    reply: Reply,
    signal: Signal,
    has_database: bool,
}

impl Wait {
    fn after_work(reply: Reply) -> Self {
        Self { busy: 0, reply, signal: Signal::SIGTERM, has_database: true }
    }

    /// How many requests may come behind the signal. Where each is answered, one may be on its way.
    fn late_requests(&self) -> usize {
        match self.reply {
            Reply::Silence => 0,
            _ => 1,
        }
    }
}

async fn wait_is_ended(job: &Job, wait: &Wait) -> Outcome {
    let database_url = if wait.has_database { job.database.url() } else { carts::NO_DATABASE };
    let mut replies = vec![Reply::Status(503, "busy"); wait.busy];
    replies.push(wait.reply.clone());
    let stub = Stub::start(replies).await?;
    let child = job.start(&ARGUMENTS, database_url, &password::gateway_url(&stub.address()))?;
    let child = stub.wait_for_requests(wait.busy + 1, child).await;
    let pushes = stub.changes().len();
    signals::send(wait.signal, &child);
    let run = wait_for(child, &ARGUMENTS).await?;
    let code = if wait.has_database { GATEWAY_FAILED } else { WORK_FAILED };
    if run.code == Some(code) && stub.changes().len() <= pushes + wait.late_requests() {
        return Ok(());
    }
    let work = if wait.has_database { "is done" } else { "has failed" };
    not_ended(&run, &stub)
        .expected(format!(
            "after {}, while a job whose work {work} waits for the gateway, which {}: exit code {code}, and no further push",
            wait.signal,
            match wait.reply {
                Reply::Silence => "does not answer",
                _ => "answers each push with 503",
            }
        ))
        .stop()
}

/// The first signal ends the work, and the second one the wait for the gateway.
async fn second_signal_is_heard(job: &Job) -> Outcome {
    let silent = Wire::start(vec![Manner::HangUp(NO_ANSWER)]).await?;
    for head_start in HEAD_STARTS {
        let stub = Stub::start(vec![Reply::Silence]).await?;
        let database_url = password::database_url(&silent.address());
        let child = job.start(&ARGUMENTS, &database_url, &password::gateway_url(&stub.address()))?;
        sleep(head_start).await;
        signals::send(Signal::SIGTERM, &child);
        let child = stub.wait_for_requests(1, child).await;
        let pushes = stub.changes().len();
        signals::send(Signal::SIGTERM, &child);
        let run = wait_for(child, &ARGUMENTS).await?;
        // The first one came before the program listened.
        if run.code.is_none() && pushes == 0 {
            continue;
        }
        if run.code == Some(WORK_FAILED) && stub.changes().len() == pushes {
            return Ok(());
        }
        return not_ended(&run, &stub)
            .expected("after a first SIGTERM, which ends the work, and a second one, while the gateway does not answer: exit code 1, and no further push")
            .stop();
    }
    Ok(())
}

fn not_ended(run: &Run, stub: &Stub) -> Failure {
    Failure::change("Let each signal end the patience with a gateway: during an attempt, and between two.")
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("Only one of the two signals is heard, or only the first, or only while a request is on its way. Or the exit code is that of another trouble: 3 says that the work is done, and 1 that it is not.")
        .why("Whoever stops a job wants it gone now. Kubernetes kills it after a while, and then nobody learns that the work was done.")
}

fn was_committed(run: &Run, left: usize, count: usize, stub: &Stub) -> Outcome {
    if left == 0 {
        return Ok(());
    }
    Failure::change("Commit the work before you push its result.")
        .expected(format!("the {count} abandoned carts are gone when the push arrives at the gateway"))
        .seen(run.lines())
        .seen(stub.lines())
        .seen([format!("{left} of {count} carts were in the database when the request arrived")])
        .mistake("The push stands before the commit. Or something else is sent before the work: look at the requests.")
        .why("What is not committed has not happened. A commit that fails after the push leaves a success on the gateway that never was.")
        .stop()
}

fn was_stopped(run: &Run, pushes: usize, stub: &Stub) -> Outcome {
    if run.code == Some(GATEWAY_FAILED) && stub.changes().len() == pushes {
        return Ok(());
    }
    Failure::change("Let SIGTERM end the patience with a gateway, as Ctrl-C does, and say so by exit code 3.")
        .expected(format!("after SIGTERM, while job `{JOB}` waits for the gateway's answer: exit code 3, and no further push"))
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("The push does not listen to the signal: put `until_stopped` around it, as around the steps of the work. Or the run that was stopped there ends with another code, though its work is done.")
        .why("Whoever stops a job wants it gone now. Kubernetes kills it after a while, and then nobody learns that the work was done.")
        .stop()
}
