//! A run that failed has changed nothing.

use shop::Session;

use super::super::carts;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

pub(super) async fn is_nothing(job: &Job, old: &[Session]) -> Outcome {
    let left = carts::left(job, old).await?;
    if left == old.len() {
        return Ok(());
    }
    Failure::change("Do all of the work in one transaction, so that a run that fails changes nothing.")
        .expected(format!("all {} carts are there after a run that failed", old.len()))
        .seen([format!("{left} of {} carts are left", old.len())])
        .mistake("Carts are deleted one by one, or part by part, and what was deleted before the error stays deleted.")
        .why("Half-done work is in no metric: the run says that it expired no cart.")
        .stop()
}
