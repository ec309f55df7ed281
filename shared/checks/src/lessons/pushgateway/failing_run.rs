//! A run that fails says so, and leaves the last success alone.

mod cause;
mod causes;
#[cfg(unix)]
mod committed;
mod half_done;
mod judge;
mod last_success;
mod left_over;
#[cfg(unix)]
mod moment;
#[cfg(unix)]
mod stopped;
mod trouble;

use exposition::Page;
use futures_util::FutureExt;

use self::judge::{Failed, MANY, fails};
use self::trouble::{SLOW_CONNECTION, Trouble};
use super::carts::{self, Refusal};
use super::names::{DURATION, STEP_DURATION};
use super::run::succeed;
use crate::lessons::lines::family_lines;
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

pub(super) async fn is_pushed(job: &Job) -> Outcome {
    carts::open(job, 3, carts::OLD).await?;
    let success = succeed(job).await?;
    let old = carts::open(job, MANY, carts::OLD).await?;
    fails(job, &success, Trouble::Disputed(&old, Refusal::AtOnce)).await?;
    half_done::is_nothing(job, &old).await?;
    fails(job, &success, Trouble::NoFolder).await?;
    fails(job, &success, Trouble::Disputed(&old, Refusal::AtCommit)).await?;
    half_done::is_nothing(job, &old).await?;
    fails(job, &success, Trouble::Refused).await?;
    // Most of these wait. Each has a gateway and a database of its own.
    parts::side_by_side([
        slow_connection_is_timed(job, &success).boxed(),
        causes::are_told(job).boxed(),
        #[cfg(unix)]
        stopped::run_is_undone(job).boxed(),
        #[cfg(unix)]
        stopped::connection_is_given_up(job).boxed(),
        #[cfg(unix)]
        committed::work_is_told(job).boxed(),
    ])
    .await
}

async fn slow_connection_is_timed(job: &Job, success: &Page) -> Outcome {
    connection_is_slow(&fails(job, success, Trouble::Slow).await?)
}

fn connection_is_slow(failed: &Failed) -> Outcome {
    // Less than the pause: clocks differ a little.
    let least = SLOW_CONNECTION.as_secs_f64() * 0.9;
    let [run, connect] = [failed.page.sum(DURATION, &[]), failed.page.sum(STEP_DURATION, &[("step", "connect")])];
    if run >= least && connect >= least {
        return Ok(());
    }
    Failure::change("Time a step that fails, from its begin to its failure.")
        .expected(format!("{DURATION} and the step `connect` of {least} s or more, with a database that took the connection, said nothing for {} s, and hung up", SLOW_CONNECTION.as_secs_f64()))
        .seen(family_lines(&failed.page, DURATION))
        .seen(family_lines(&failed.page, STEP_DURATION))
        .mistake("The clock is read too late or too early, or a step that fails gets a fixed value.")
        .why("A database that answers slowly, and then not at all, is the failure that one has to tell from all others.")
        .stop()
}
