//! The push comes after the work, and does not keep the job from being stopped.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::names::JOB;
use super::super::run::{ARGUMENTS, GATEWAY_FAILED};
use super::super::stub::{Reply, Stub};
use super::super::{carts, password};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run, wait_for};

const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long a run may take until it pushes.
const PATIENCE: Duration = Duration::from_secs(20);

/// While the gateway does not answer, there is time to look into the database, and to stop the job.
pub(super) async fn is_work_then_push(job: &Job) -> Outcome {
    let old = carts::open(job, 2, carts::OLD).await?;
    let stub = Stub::start(vec![Reply::Silence]).await?;
    let url = password::gateway_url(&stub.address());
    let mut child = job.start(&ARGUMENTS, job.database.url(), &url)?;
    let deadline = Instant::now() + PATIENCE;
    while stub.changes().is_empty() && Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
        sleep(POLL_INTERVAL).await;
    }
    let left = carts::left(job, &old).await?;
    #[cfg(unix)]
    let pushes = stub.changes().len();
    #[cfg(unix)]
    super::super::signals::send(nix::sys::signal::Signal::SIGTERM, &child);
    let run = wait_for(child, &ARGUMENTS).await?;
    password::is_hidden(&run)?;
    was_committed(&run, left, old.len(), &stub)?;
    #[cfg(unix)]
    was_stopped(&run, pushes, &stub)?;
    Ok(())
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

#[cfg(unix)]
fn was_stopped(run: &Run, pushes: usize, stub: &Stub) -> Outcome {
    if run.code == Some(GATEWAY_FAILED) && stub.changes().len() == pushes {
        return Ok(());
    }
    Failure::change("Let Ctrl-C end the patience with a gateway, and say so by exit code 3.")
        .expected(format!("after SIGTERM, while job `{JOB}` waits for the gateway's answer: exit code 3, and no further push"))
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("The push does not listen to the signal: put `until_stopped` around it, as around the steps of the work. Or the run that was stopped there ends with another code, though its work is done.")
        .why("Whoever stops a job wants it gone now. Kubernetes kills it after a while, and then nobody learns that the work was done.")
        .stop()
}
