//! What counters make of time: increases and rates, with restarts, as PromQL's `rate` has them.
//!
//! A rate is the increase between the first and the last value of the last [`RATE_SECONDS`], over the time between them.
//! Prometheus also stretches that to the ends of the window, which changes nothing while a counter is scraped each second.

use super::RATE_SECONDS;
use crate::live::history::Track;

/// The increase of a counter from one value to the next: a counter that fell began anew at 0.
fn increase(from: f64, to: f64) -> f64 {
    if to < from { to } else { to - from }
}

/// The increase from each scrape to the next in which a counter was there; 0 in the others.
pub(super) fn increases(track: &Track, scrapes: usize) -> impl Iterator<Item = f64> {
    let mut before = None;
    track.newest(scrapes).map(move |value| {
        if value.is_nan() {
            return 0.0;
        }
        before.replace(value).map_or(0.0, |before| increase(before, value))
    })
}

/// The rate of the sum of counters at each time; not a number where none of them was there, or for the first time.
pub(super) fn of(tracks: &[&Track], times: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; times.len()];
    let mut is_there = vec![false; times.len()];
    for track in tracks {
        for (place, (value, increase)) in track.newest(times.len()).zip(increases(track, times.len())).enumerate() {
            sums[place] += increase;
            is_there[place] |= !value.is_nan();
        }
    }
    let mut first = 0;
    let rate_at = |place: usize| {
        let is_before = |first: usize| times[first] <= times[place] - RATE_SECONDS as f64 || !is_there[first];
        while first < place && is_before(first) {
            first += 1;
        }
        if first == place || !is_there[place] {
            return f64::NAN;
        }
        sums[first + 1..=place].iter().sum::<f64>() / (times[place] - times[first])
    };
    (0..times.len()).map(rate_at).collect()
}

/// The times at which one of the series fell.
pub(super) fn restarts<'a>(tracks: impl Iterator<Item = &'a Track>, times: &[f64]) -> Vec<f64> {
    let mut fell = vec![false; times.len()];
    for track in tracks {
        let mut before = f64::NAN;
        for (fell, value) in fell.iter_mut().zip(track.newest(times.len())) {
            *fell |= value < before;
            if !value.is_nan() {
                before = value;
            }
        }
    }
    times.iter().zip(fell).filter(|(_, fell)| *fell).map(|(time, _)| *time).collect()
}

/// Whether a counter was not there at first, and has counted when it came.
pub(super) fn is_new_in(track: &Track, scrapes: usize) -> bool {
    let values: Vec<_> = track.newest(scrapes).collect();
    let first = values.iter().position(|value| !value.is_nan());
    first.is_some_and(|first| first > 0 && values[first] > 0.0)
}
