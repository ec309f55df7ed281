//! A run of the job, as most checks begin with one.

use super::group;
use crate::exposition::Page;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{self, Job};

/// Every run of the checks: carts older than `carts::OLD` expire, `carts::YOUNG` ones stay.
pub(super) const ARGUMENTS: [&str; 2] = ["--older-than", "1h"];

/// Runs the job, which has to succeed, and returns what it has pushed.
pub(super) async fn succeed(job: &Job) -> Outcome<Page> {
    let run = job.run(&ARGUMENTS).await?;
    if run.code != Some(0) {
        return does_not_succeed(&run).stop();
    }
    group::last_push(job).await
}

fn does_not_succeed(run: &job::Run) -> Failure {
    Failure::change("Let a run end with exit code 0 when its work is done and pushed.")
        .expected("exit code 0, with a database and a gateway that both work")
        .seen(run.lines())
        .mistake("The push fails, or an error is returned from `main` after a run that did its work. What the job prints says which.")
        .why("cron and Kubernetes know nothing of a job but its exit code. One that always fails is soon ignored by everybody.")
}
