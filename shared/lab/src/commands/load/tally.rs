//! What has come of the requests so far.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::problem::{Problem, Result};

use super::client::Failure;
use super::schedule::MAX_DURATION;

/// How many digits of a time count: with three, a quantile is off by 0.1 % at most.
const DIGITS: u8 = 3;

/// What a worker reports.
#[derive(Debug)]
pub(super) enum Event {
    /// It sends a request.
    Sent {
        /// Which worker.
        worker: u64,
        /// When.
        at: Instant,
    },
    /// It is done with the request.
    Ended {
        /// Which worker.
        worker: u64,
        /// What came of the request.
        outcome: Outcome,
    },
}

/// What came of a request.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The status, if there is an answer.
    pub(super) result: Result<u16, Failure>,
    /// When it was due.
    pub(super) intended: Instant,
    /// When a worker was free to send it.
    pub(super) sent: Instant,
    /// When the answer was there, or it was clear that none will come.
    pub(super) ended: Instant,
}

/// The outcomes, added up.
#[derive(Debug)]
pub(super) struct Tally {
    /// From when a request was due, in microseconds.
    pub(super) response: Histogram<u64>,
    /// From when it was sent, in microseconds.
    pub(super) service: Histogram<u64>,
    /// Answers by status.
    pub(super) statuses: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub(super) failures: BTreeMap<Failure, u64>,
    /// When the latest outcome was there.
    pub(super) latest: Option<Instant>,
    /// When each request was sent that has no outcome yet, by its worker.
    in_flight: BTreeMap<u64, Instant>,
}

impl Tally {
    /// With nothing in it.
    ///
    /// # Errors
    ///
    /// When the bounds of the histograms are no bounds.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            response: histogram()?,
            service: histogram()?,
            statuses: BTreeMap::new(),
            failures: BTreeMap::new(),
            latest: None,
            in_flight: BTreeMap::new(),
        })
    }

    /// Takes note of what a worker reports.
    pub(super) fn record(&mut self, event: Event) {
        match event {
            Event::Sent { worker, at } => {
                self.in_flight.insert(worker, at);
            }
            Event::Ended { worker, outcome } => {
                self.in_flight.remove(&worker);
                self.record_outcome(&outcome);
            }
        }
    }

    fn record_outcome(&mut self, outcome: &Outcome) {
        self.latest = self.latest.max(Some(outcome.ended));
        match outcome.result {
            Ok(status) => *self.statuses.entry(status).or_default() += 1,
            Err(failure) => *self.failures.entry(failure).or_default() += 1,
        }
        // A refusal is quick, and would make a shop look fast that is closed. Giving up counts: the true time is longer.
        if matches!(outcome.result, Ok(_) | Err(Failure::TimedOut)) {
            self.response.saturating_record(microseconds(outcome.ended - outcome.intended));
            self.service.saturating_record(microseconds(outcome.ended - outcome.sent));
        }
    }

    /// Takes note of the requests that nobody waits for any longer, each of them due at one of these times. Their true times
    /// are at least as long as so far: to leave them out would be to leave out the worst. Some of them were sent, too.
    pub(super) fn record_open(&mut self, due: &[Instant], end: Instant) {
        for due in due {
            self.response.saturating_record(microseconds(end - *due));
        }
        for sent in self.in_flight.values() {
            self.service.saturating_record(microseconds(end.saturating_duration_since(*sent)));
        }
    }

    /// How many requests have an answer.
    pub(super) fn answered(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// How many requests have none, and will get none.
    pub(super) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }
}

fn histogram() -> Result<Histogram<u64>> {
    Histogram::new_with_bounds(1, microseconds(MAX_DURATION), DIGITS)
        .map_err(|error| Problem::new(format!("cannot make a histogram: {error}")))
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
