//! An argument or a PUSHGATEWAY_URL that cannot be used.

use super::super::run::{ARGUMENTS, UNUSABLE, run_with};
use super::super::stub::{Reply, Request, Stub};
use super::super::{carts, password};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

/// Arguments that are misspelt, incomplete, or no duration.
const UNKNOWN: [&[&str]; 5] = [
    &["--older-then", "1h"],
    &["--older-than"],
    &["--older-than", "soon"],
    &["--older-than", "1h", "--delete-groups"],
    &["--older-than", "1h", "now"],
];
/// No URL.
const NOWHERE: &str = "nowhere";

pub(super) async fn is_said(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(200, "")]).await?;
    let url = password::gateway_url(&stub.address());
    for arguments in UNKNOWN {
        is_refused(job, arguments, &url, &stub).await?;
    }
    is_refused(job, &ARGUMENTS, NOWHERE, &stub).await
}

async fn is_refused(job: &Job, arguments: &[&str], gateway_url: &str, stub: &Stub) -> Outcome {
    let old = carts::open(job, 1, carts::OLD).await?;
    let run = run_with(job, arguments, job.database.url(), gateway_url).await?;
    let left = carts::left(job, &old).await?;
    if run.code == Some(UNUSABLE) && left == old.len() && stub.requests().is_empty() && !run.complained.is_empty() {
        return Ok(());
    }
    let gateway = (gateway_url == NOWHERE).then(|| format!("PUSHGATEWAY_URL={NOWHERE}"));
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
