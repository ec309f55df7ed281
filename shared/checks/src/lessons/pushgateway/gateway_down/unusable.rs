//! An argument or a PUSHGATEWAY_URL that cannot be used.

use super::super::run::{ARGUMENTS, UNUSABLE, run_with};
use super::super::stub::{Reply, Request, Stub};
use super::super::{carts, password};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

/// Arguments that are misspelt, incomplete, or no duration, whatever else is typed.
const UNKNOWN: [&[&str]; 10] = [
    &["--older-then", "1h"],
    &["--older-than"],
    &["--older-than", "soon"],
    &["--older-than", "1h", "--delete-groups"],
    &["--older-than", "1h", "now"],
    &["--older-than", ""],
    &["--older-than=-1h"],
    &["--older-than", "1h5x"],
    &["--older-than", "soon", "--dry-run"],
    &["--older-than", "soon", "--delete-group"],
];
/// No URLs: without a scheme, of another one, without a host, and with ports that are none.
const NOWHERE: [&str; 5] =
    ["nowhere", "ftp://127.0.0.1:1", "http://", "http://127.0.0.1:pushgateway", "http://127.0.0.1:99999"];
/// What does without the URL, or may seem to.
const MODES: [&[&str]; 3] = [&ARGUMENTS, &["--older-than", "1h", "--dry-run"], &["--delete-group"]];

pub(super) async fn is_said(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(200, "")]).await?;
    let url = password::gateway_url(&stub.address());
    for arguments in UNKNOWN {
        is_refused(job, arguments, &url, &stub).await?;
    }
    for nowhere in NOWHERE {
        is_refused(job, &ARGUMENTS, nowhere, &stub).await?;
    }
    for arguments in MODES {
        is_refused(job, arguments, NOWHERE[0], &stub).await?;
    }
    Ok(())
}

async fn is_refused(job: &Job, arguments: &[&str], gateway_url: &str, stub: &Stub) -> Outcome {
    let old = carts::open(job, 1, carts::OLD).await?;
    let run = run_with(job, arguments, job.database.url(), gateway_url).await?;
    let left = carts::left(job, &old).await?;
    if run.code == Some(UNUSABLE) && left == old.len() && stub.requests().is_empty() && !run.complained.is_empty() {
        return Ok(());
    }
    let gateway = NOWHERE.contains(&gateway_url).then(|| format!("PUSHGATEWAY_URL={gateway_url}"));
    Failure::change("Do nothing when an argument or PUSHGATEWAY_URL cannot be used, and say so by exit code 2.")
        .expected("exit code 2, a reason on standard error, every cart still there, and no push")
        .seen(gateway)
        .seen(run.lines())
        .seen((left != old.len()).then_some("the cart is gone"))
        .seen(stub.requests().iter().map(Request::line))
        .mistake("What cannot be used is ignored, or replaced by a default. Or it is found out only when half of the run is done.")
        .why("A slip of the pen in a crontab must not delete other carts than were meant. And the same command will fail again, so there is no use in trying.")
        .stop()
}
