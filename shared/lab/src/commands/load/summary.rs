//! The report at the end.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use indicatif::HumanCount;
use serde::Serialize;

use crate::screen::report::{self, BAD, HEADING, UNKNOWN, styled};

use super::tally::Tally;
use super::traffic::Traffic;

/// A rate is held when this share of it is reached.
const HELD: f64 = 0.99;

/// Why a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Every request has its outcome.
    Complete,
    /// Some are still without, long after the last was due.
    Late,
    /// By Ctrl-C.
    Interrupted,
}

/// What the load found out, in seconds and requests a second.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    url: String,
    concurrency: u16,
    /// Whether Ctrl-C ended it.
    interrupted: bool,
    elapsed_seconds: f64,
    rate: Rate,
    requests: Requests,
    response_time_seconds: Option<Times>,
    service_time_seconds: Option<Times>,
    status_codes: BTreeMap<u16, u64>,
    errors: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct Rate {
    asked: f64,
    /// Answers, whatever their status.
    reached: f64,
}

#[derive(Debug, Serialize)]
struct Requests {
    due: u64,
    answered: u64,
    failed: u64,
    /// Due, but not sent, or not answered before the end. Their times so far count.
    open: u64,
}

#[derive(Debug, Serialize)]
struct Times {
    min: f64,
    mean: f64,
    p50: f64,
    p90: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

impl Summary {
    pub(super) fn new(traffic: &Traffic, tally: &mut Tally, start: Instant, end: End) -> Self {
        let span = traffic.schedule.span();
        let latest = tally.latest.map(|latest| latest - start).unwrap_or_default();
        // The last answer may come before the schedule is over.
        let elapsed = if end == End::Complete { latest.max(span) } else { start.elapsed() };
        let due_until = elapsed.min(span);
        let (answered, failed) = (tally.answered(), tally.failed());
        // Requests are sent in the order in which they are due, so those without an outcome are the last.
        let due = traffic.schedule.due().take_while(|offset| *offset <= due_until);
        let open: Vec<_> = due.skip((answered + failed) as usize).map(|offset| start + offset).collect();
        tally.record_open(&open, start + elapsed);
        let open = open.len() as u64;
        Self {
            url: traffic.target.to_string(),
            concurrency: traffic.workers,
            interrupted: end == End::Interrupted,
            elapsed_seconds: elapsed.as_secs_f64(),
            rate: Rate {
                asked: traffic.schedule.mean_rate(due_until),
                reached: answered as f64 / elapsed.as_secs_f64(),
            },
            requests: Requests { due: answered + failed + open, answered, failed, open },
            response_time_seconds: Times::of(&tally.response),
            service_time_seconds: Times::of(&tally.service),
            status_codes: tally.statuses.clone(),
            errors: tally.failures.iter().map(|(failure, count)| (failure.to_string(), *count)).collect(),
        }
    }

    /// Writes it for people.
    pub(super) fn print(&self) {
        let ended = if self.interrupted { "Interrupted after" } else { "Done in" };
        let heading = format!("{ended} {:.1} s", self.elapsed_seconds);
        report::line(format!("\n{}", styled(HEADING, heading)));
        row("rate", format!("{} requests a second asked, {} reached", rate(self.rate.asked), rate(self.rate.reached)));
        row(
            "requests",
            format!("{} due, {} answered", HumanCount(self.requests.due), HumanCount(self.requests.answered)),
        );
        self.print_times();
        self.print_outcomes();
        self.print_advice();
    }

    fn print_times(&self) {
        let times = [("response time", &self.response_time_seconds), ("service time", &self.service_time_seconds)];
        if times.iter().all(|(_, times)| times.is_none()) {
            return;
        }
        let names = ["min", "mean", "p50", "p90", "p95", "p99", "max"];
        report::line(format!("\n{}{}", styled(HEADING, format!("{:<16}", "Milliseconds")), columns(names)));
        for (name, times) in times {
            if let Some(times) = times {
                row(name, columns(times.in_milliseconds()));
            }
        }
        let text = "Response time counts from the moment that a request was due, service time from the moment that a \
                    worker was free to send it.";
        report::line(report::wrapped("  ", text));
    }

    fn print_outcomes(&self) {
        if !self.status_codes.is_empty() {
            report::line(format!("\n{}", styled(HEADING, "Answers")));
            for (status, count) in &self.status_codes {
                row(&status.to_string(), columns([HumanCount(*count)]));
            }
            let text = "One request in fifty is meant to fail, with 404, 422 or 500.";
            report::line(report::wrapped("  ", text));
        }
        if self.requests.failed + self.requests.open > 0 {
            report::line(format!("\n{}", styled(BAD, "No answer")));
        }
        for (failure, count) in &self.errors {
            report::line(format!("  {:>8}  {failure}", HumanCount(*count).to_string()));
        }
        if self.requests.open > 0 {
            report::line(format!("  {:>8}  not answered yet at the end", HumanCount(self.requests.open).to_string()));
        }
    }

    fn print_advice(&self) {
        // Without those that failed, whose number is above.
        let processed = (self.requests.answered + self.requests.failed) as f64 / self.elapsed_seconds;
        if processed < HELD * self.rate.asked {
            let text = "The shop stalls or is at its limit, or there are too few workers to wait for its answers: try \
                        more of them with --concurrency.";
            let heading = styled(UNKNOWN, "The rate was not reached.");
            report::line(format!("\n{heading}\n{}", report::wrapped("  ", text)));
        }
        if self.status_codes.contains_key(&409) {
            let text = "409 says that an item is sold out. A new shop has stock again: stop it, delete its database \
                        (shop.db), and start it.";
            report::line(format!(
                "\n{}\n{}",
                styled(UNKNOWN, "The shop runs out of stock."),
                report::wrapped("  ", text)
            ));
        }
    }
}

impl Times {
    /// None without an observation.
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let quantile = |quantile| seconds(histogram.value_at_quantile(quantile));
        (!histogram.is_empty()).then(|| Self {
            min: seconds(histogram.min()),
            mean: histogram.mean() / 1e6,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: seconds(histogram.max()),
        })
    }

    /// With three digits or more.
    fn in_milliseconds(&self) -> [String; 7] {
        [self.min, self.mean, self.p50, self.p90, self.p95, self.p99, self.max].map(|seconds| match seconds * 1e3 {
            milliseconds if milliseconds < 10.0 => format!("{milliseconds:.2}"),
            milliseconds if milliseconds < 100.0 => format!("{milliseconds:.1}"),
            milliseconds => format!("{milliseconds:.0}"),
        })
    }
}

fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}

/// With as many digits as tell something.
fn rate(rate: f64) -> String {
    if rate < 100.0 { format!("{rate:.2}") } else { format!("{rate:.1}") }
}

fn row(name: &str, text: impl Display) {
    report::line(format!("  {name:<14}{text}"));
}

fn columns<T: Display>(cells: impl IntoIterator<Item = T>) -> String {
    cells.into_iter().map(|cell| format!("{:>9}", cell.to_string())).collect()
}
