//! Whether the machine stood still: then a right program looks like one that does not wait, or asks twice.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep};

const TICK: Duration = Duration::from_millis(50);

/// What comes of a work, and for how long nothing went on meanwhile, at the longest.
pub(crate) async fn watched<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let mut longest = Duration::ZERO;
    let outcome = tokio::select! {
        biased;
        never = watch(&mut longest) => match never {},
        outcome = work => outcome,
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

    use super::{Duration, sleep, watched};

    const LONG: Duration = Duration::from_millis(500);

    #[tokio::test]
    async fn a_wait_is_no_stall() {
        let ((), stall) = watched(sleep(LONG)).await;
        assert!(stall < LONG);
    }

    #[tokio::test]
    async fn a_stall_is_seen() {
        let stands_still = async {
            sleep(Duration::from_millis(1)).await;
            thread::sleep(LONG);
            // Others have a turn.
            sleep(Duration::from_millis(1)).await;
        };
        let ((), stall) = watched(stands_still).await;
        assert!(stall > LONG / 2);
    }
}
