//! Requests whose duration is known: from below by the delay that was asked for, and from above by what the client saw.

use std::time::Duration;

use reqwest::Method;
use tokio::time::Instant;

use crate::outcome::Outcome;
use crate::subject::app::App;

/// What a page of `/simulate` is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delayed {
    pub(super) delay_ms: u64,
    /// What it ends with.
    pub(super) ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Status(u16),
    Panic,
}

/// A request that took a known time.
#[derive(Debug, Clone)]
pub(super) struct Took {
    /// As an explanation shows it.
    pub(super) line: String,
    /// What the client saw.
    pub(super) elapsed: Duration,
    /// What the app waited at least, in seconds.
    pub(super) at_least: f64,
    /// What the app can have taken at most, in seconds: more than the client saw.
    pub(super) at_most: f64,
}

impl Delayed {
    pub(super) fn success(delay_ms: u64) -> Self {
        Self { delay_ms, ending: Ending::Status(200) }
    }

    fn path(self) -> String {
        match self.ending {
            Ending::Status(200) => format!("/simulate?delay_ms={}", self.delay_ms),
            Ending::Status(status) => format!("/simulate?delay_ms={}&status={status}", self.delay_ms),
            Ending::Panic => format!("/simulate?delay_ms={}&panic=true", self.delay_ms),
        }
    }

    /// Sends it, and takes the time.
    pub(super) async fn send(self, app: &App) -> Outcome<Took> {
        let (path, started) = (self.path(), Instant::now());
        let line = match self.ending {
            Ending::Status(status) => {
                app.get(&path).await?.expect_status(status)?;
                format!("GET {path} -> {status}")
            }
            // An answer that is missing after a panic is lesson 01's to explain. Here it only has to be observed.
            Ending::Panic => match app.try_send(Method::GET, &path, None).await {
                Ok(answer) => format!("GET {path} -> {}", answer.status),
                Err(error) => format!("GET {path} -> {error}"),
            },
        };
        Ok(Took::between(line, Duration::from_millis(self.delay_ms), started.elapsed()))
    }
}

impl Took {
    /// A clock may be a little coarse. And a machine that is busy may stop it later than the client does.
    fn between(line: String, delay: Duration, elapsed: Duration) -> Self {
        const COARSE: f64 = 0.95;
        const LATE: f64 = 0.05;
        let at_most = Self::longest(elapsed) + LATE;
        Self { line, elapsed, at_least: delay.as_secs_f64() * COARSE, at_most }
    }

    /// A request that is answered at once. There may be hundreds of them, and one that the machine holds up for longer.
    pub(super) fn at_once(line: String, elapsed: Duration) -> Self {
        const LATE: f64 = 0.5;
        Self { line, elapsed, at_least: 0.0, at_most: Self::longest(elapsed) + LATE }
    }

    fn longest(elapsed: Duration) -> f64 {
        const BUSY: f64 = 2.0;
        elapsed.as_secs_f64() * BUSY
    }
}
