//! Queries that have to wait, for a time that the check knows.

use std::time::Duration;

use futures_util::future::{join, try_join_all};
use tokio::time::{Instant, sleep};

use crate::database::{Database, DatabaseError, WriteLock};
use crate::outcome::{Outcome, Stop};
use crate::subject::app::{Answer, App, Product, new_session};

/// How long a query is made to wait. Where that does not show, a longer wait is tried: a busy machine may have
/// begun with the query too late.
pub(super) const HOLD: Duration = Duration::from_millis(300);
const LONGER_HOLDS: [Duration; 2] = [Duration::from_millis(450), Duration::from_millis(750)];
/// How much of a wait has to show.
pub(super) const SHOWN: f64 = 0.8;

/// An app, and what it takes to make its additions to carts wait.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) app: &'a App,
    pub(super) database: &'a Database,
    pub(super) product: &'a Product,
}

impl Held<'_> {
    /// Makes additions, which can't write for a while, and returns how long they took together, in seconds.
    pub(super) async fn additions(self, count: usize, hold: Duration) -> Outcome<f64> {
        let lock = self.lock().await?;
        let started = Instant::now();
        let additions = try_join_all((0..count).map(|_| self.addition()));
        let (additions, released) = join(additions, release_after(hold, lock)).await;
        released?;
        additions?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// Adds a piece to a cart of its own.
    pub(super) async fn addition(self) -> Outcome<Answer> {
        self.app.add_to_cart(&new_session(), self.product.id, 1).await?.expect_status(200)
    }

    /// Makes additions wait for as long as the lock is held.
    pub(super) async fn lock(self) -> Outcome<WriteLock> {
        self.database.lock_writes().await.map_err(cannot_hold)
    }
}

pub(super) async fn release_after(hold: Duration, lock: WriteLock) -> Outcome {
    sleep(hold).await;
    lock.release().await.map_err(cannot_hold)
}

fn cannot_hold(error: DatabaseError) -> Stop {
    Stop::NotRun(format!("the database cannot be made to wait: {error}"))
}

/// Tries with longer and longer waits until one shows.
pub(super) async fn with_longer_holds<T, F>(attempt: impl Fn(Duration) -> F) -> Outcome<T>
where
    F: Future<Output = Outcome<T>>,
{
    let mut outcome = attempt(HOLD).await;
    for hold in LONGER_HOLDS {
        if outcome.is_ok() {
            break;
        }
        outcome = attempt(hold).await;
    }
    outcome
}
