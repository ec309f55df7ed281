//! What was judged while the machine stood still is judged again.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::outcome::Outcome;
use crate::subject::job::Job;

/// After two seconds without an answer, the job takes a gateway for one that is away.
const STALL: Duration = Duration::from_secs(1);
/// How often a check is made at most.
const ATTEMPTS: usize = 3;
const TICK: Duration = Duration::from_millis(50);

type Judge = for<'a> fn(&'a Job) -> BoxFuture<'a, Outcome>;

/// Makes a check, and makes it again on a job of its own where it failed and the machine stood still meanwhile: then a
/// right program looks like one that does not wait, or asks twice.
pub(super) async fn judged(job: &Job, judge: Judge) -> Outcome {
    let (mut outcome, mut stall) = watched(judge(job)).await;
    for _ in 1..ATTEMPTS {
        if outcome.is_ok() || stall < STALL {
            break;
        }
        (outcome, stall) = watched(judge(&job.apart().await?)).await;
    }
    outcome
}

/// How it ended, and for how long nothing went on meanwhile, at the longest.
async fn watched(judged: BoxFuture<'_, Outcome>) -> (Outcome, Duration) {
    let mut longest = Duration::ZERO;
    let outcome = tokio::select! {
        biased;
        never = watch(&mut longest) => match never {},
        outcome = judged => outcome,
    };
    (outcome, longest)
}

async fn watch(longest: &mut Duration) -> Infallible {
    loop {
        let start = Instant::now();
        sleep(TICK).await;
        *longest = start.elapsed().saturating_sub(TICK).max(*longest);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use futures_util::FutureExt;

    use super::{Duration, STALL, sleep, watched};

    #[tokio::test]
    async fn a_wait_is_no_stall() {
        let (_, stall) = watched(sleep(STALL).map(Ok).boxed()).await;
        assert!(stall < STALL);
    }

    #[tokio::test]
    async fn a_stall_is_seen() {
        let stands_still = async {
            sleep(Duration::from_millis(1)).await;
            thread::sleep(STALL);
            // Others have a turn.
            sleep(Duration::from_millis(1)).await;
            Ok(())
        };
        let (_, stall) = watched(stands_still.boxed()).await;
        assert!(stall > STALL / 2);
    }
}
