//! When requests are due.

use std::fmt;
use std::time::Duration;

/// How long each of several rates lasts before the next takes its turn.
const TURN: Duration = Duration::from_mins(1);
/// The longest duration: histograms hold no longer time.
pub const MAX_DURATION: Duration = Duration::from_hours(24);

/// The times at which requests are due, evenly spaced, counted from the start.
#[derive(Debug, Clone)]
pub struct Schedule {
    phases: Vec<Phase>,
    limit: Limit,
}

/// A time at one rate.
#[derive(Debug, Clone, Copy)]
struct Phase {
    /// Requests a second.
    rate: f64,
    length: Duration,
}

/// When it is enough.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// After this time.
    Duration(Duration),
    /// After so many requests.
    Requests(u64),
}

impl Schedule {
    /// One rate in requests a second, or several that take turns.
    pub fn new(rates: &[f64], limit: Limit) -> Self {
        let length = if rates.len() > 1 { TURN } else { Duration::MAX };
        Self { phases: rates.iter().map(|rate| Phase { rate: *rate, length }).collect(), limit }
    }

    /// When each request is due.
    pub fn due(&self) -> impl Iterator<Item = Duration> {
        let limit = self.limit;
        let within = move |(offset, number): &(Duration, u64)| match limit {
            Limit::Duration(duration) => *offset < duration,
            Limit::Requests(count) => *number < count,
        };
        self.endless().zip(0..).take_while(within).map(|(offset, _)| offset)
    }

    /// How long it takes if nothing is late: until one request more would be due.
    pub fn span(&self) -> Duration {
        match self.limit {
            Limit::Duration(duration) => duration,
            Limit::Requests(count) => {
                self.endless().zip(0..=count).last().map(|(offset, _)| offset).unwrap_or_default()
            }
        }
    }

    /// The mean rate from the start until a time, in requests a second.
    pub fn mean_rate(&self, until: Duration) -> f64 {
        let phases = self.turns().take_while(|(start, _)| *start < until);
        let share = |start, phase: &Phase| phase.length.min(until - start).div_duration_f64(until);
        phases.map(|(start, phase)| phase.rate * share(start, &phase)).sum()
    }

    fn endless(&self) -> impl Iterator<Item = Duration> {
        self.turns().flat_map(|(start, phase)| phase.due().map(move |offset| start + offset))
    }

    /// When each phase starts, turn after turn.
    fn turns(&self) -> impl Iterator<Item = (Duration, Phase)> {
        self.phases.iter().cycle().scan(Duration::ZERO, |next, phase| {
            let start = *next;
            *next = start.saturating_add(phase.length);
            Some((start, *phase))
        })
    }
}

impl Phase {
    fn due(self) -> impl Iterator<Item = Duration> {
        let offsets = (0_u32..).map(move |number| Duration::from_secs_f64(f64::from(number) / self.rate));
        offsets.take_while(move |offset| *offset < self.length)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rates: Vec<_> = self.phases.iter().map(|phase| phase.rate.to_string()).collect();
        write!(formatter, "{} requests a second", rates.join(", then "))?;
        match self.limit {
            Limit::Duration(duration) => write!(formatter, " for {}", humantime::format_duration(duration)),
            Limit::Requests(count) => write!(formatter, " until there are {count}"),
        }
    }
}

/// A rate that can be kept, in requests a second.
///
/// # Errors
///
/// When it is no number, or out of bounds. The message says what would be right.
pub fn parse_rate(typed: &str) -> Result<f64, String> {
    let rate = typed.parse().ok().filter(|rate| (0.01..=100_000.0).contains(rate));
    rate.ok_or_else(|| "a rate is a number of requests a second, from 0.01 to 100000".into())
}

/// A time such as `2m`.
///
/// # Errors
///
/// When it has no unit, or is out of bounds. The message says what would be right.
pub fn parse_duration(typed: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(typed).ok();
    let duration = duration.filter(|duration| !duration.is_zero() && *duration <= MAX_DURATION);
    duration.ok_or_else(|| "a duration is a number with a unit, such as 30s, 5m or 1h, up to 24h".into())
}
