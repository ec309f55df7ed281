//! A run of the job, as most checks begin with one.

use exposition::Page;

use super::{group, password};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

/// Most runs of the checks: carts older than `carts::OLD` expire, `carts::YOUNG` ones stay.
pub(super) const ARGUMENTS: [&str; 2] = ["--older-than", "1h"];

/// The exit codes of the README.
pub(super) const WORK_FAILED: i32 = 1;
/// An argument or PUSHGATEWAY_URL cannot be used.
pub(super) const UNUSABLE: i32 = 2;
/// The gateway did not do its part.
pub(super) const GATEWAY_FAILED: i32 = 3;

/// Runs the job on its database and its gateway, which is given a password, though it asks for none.
pub(super) async fn run(job: &Job, arguments: &[&str]) -> Outcome<Run> {
    run_with(job, arguments, job.database.url(), &gateway_url(job)).await
}

/// Runs the job on any database and any gateway. What it prints must hold no password.
pub(super) async fn run_with(job: &Job, arguments: &[&str], database_url: &str, gateway_url: &str) -> Outcome<Run> {
    let run = job.run_with(arguments, database_url, gateway_url).await?;
    password::is_hidden(&run)?;
    Ok(run)
}

/// The URL of the real gateway.
pub(super) fn gateway_url(job: &Job) -> String {
    password::gateway_url(&job.gateway.address())
}

/// Runs the job, which has to succeed, and returns what it has pushed.
pub(super) async fn succeed(job: &Job) -> Outcome<Page> {
    let run = run(job, &ARGUMENTS).await?;
    succeeds(&run)?;
    group::last_push(job).await
}

/// Ends the check unless the exit code says that all is done.
pub(super) fn succeeds(run: &Run) -> Outcome {
    if run.code == Some(0) {
        return Ok(());
    }
    Failure::change("Let a run end with exit code 0 when its work is done and pushed.")
        .expected("exit code 0, with a database and a gateway that both work")
        .seen(run.lines())
        .mistake("The push fails, or an error is returned from `main` after a run that did its work. What the job prints says which.")
        .why("cron and Kubernetes know nothing of a job but its exit code. One that always fails is soon ignored by everybody.")
        .stop()
}

/// Whether a text names this number, apart from what belongs to an address in it.
pub(super) fn names_number(text: &str, address: &str, number: usize) -> bool {
    let text = text.replace(address, " ");
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == number.to_string())
}

#[cfg(test)]
mod tests {
    use super::names_number;

    #[test]
    fn a_number_is_a_word_of_its_own() {
        assert!(names_number("carts expired: 13\n", "127.0.0.1:80", 13));
        assert!(!names_number("carts expired: 130, at 127.0.0.13:13", "127.0.0.13:13", 13));
    }
}
