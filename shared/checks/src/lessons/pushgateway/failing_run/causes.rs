//! All the ways in which the work fails, and the exit code and the push that are the same for all of them.

use super::super::group::last_push;
use super::super::names::JOB;
use super::super::one_group::{brings_the_password, keeps_the_path};
use super::super::run::{ARGUMENTS, gateway_url, run_with, succeed};
use super::super::stub::{Reply, Stub};
use super::super::{carts, password};
use super::cause::{Cause, OBJECTION};
use super::judge::fails;
use super::last_success;
use super::trouble::Trouble;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

/// Where a gateway behind a proxy is.
const PREFIX: &str = "/monitoring/gateway";

const CAUSES: [Cause; 7] = [
    Cause::NoUrl,
    Cause::UnknownDatabase,
    Cause::Folder,
    Cause::NoFile,
    Cause::NoDatabase,
    Cause::NoTable,
    Cause::Objection,
];

pub(super) async fn are_told(job: &Job) -> Outcome {
    let job = job.apart().await?;
    first_run_has_no_success(&job).await?;
    let success = succeed(&job).await?;
    carts::open(&job, 1, carts::OLD).await?;
    for cause in &CAUSES {
        let failed = fails(&job, &success, Trouble::Cause(cause)).await?;
        if *cause == Cause::Objection {
            reason_is_told(&failed.run)?;
        }
    }
    is_at_the_url(&job).await
}

/// On a gateway that has never heard of the job.
async fn first_run_has_no_success(job: &Job) -> Outcome {
    run_with(job, &ARGUMENTS, carts::NO_DATABASE, &gateway_url(job)).await?;
    last_success::is_not_made_up(&last_push(job).await?)?;
    job.delete(&format!("job/{JOB}")).await
}

/// The push of a run that failed goes to where all others go.
async fn is_at_the_url(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(200, "")]).await?;
    let url = password::gateway_url(&(stub.address() + PREFIX));
    let run = run_with(job, &ARGUMENTS, carts::NO_DATABASE, &url).await?;
    keeps_the_path(&run, &stub, PREFIX, PREFIX)?;
    brings_the_password(&run, &stub)
}

fn reason_is_told(run: &Run) -> Outcome {
    if run.complained.contains(OBJECTION) {
        return Ok(());
    }
    Failure::change("Say on standard error why the work failed, in the words of the database.")
        .expected(format!("`{OBJECTION}` on standard error: the database has given that as its reason"))
        .seen(run.lines())
        .mistake("The error is replaced by a sentence of one's own, or only the outermost of several is printed: `{error}` shows one, and `{error:#}` of anyhow all of them.")
        .why("\"The work failed\" sends somebody to look for a reason. The database knows it, and has said it.")
        .stop()
}
