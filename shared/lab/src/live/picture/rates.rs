//! What counters make of time: increases and rates, with restarts, as PromQL's `rate` has them.
//!
//! A rate is the increase between the first and the last value of the last [`RATE_SECONDS`], over the time between them.
//! Prometheus also stretches that to the ends of the window, which changes nothing while a counter is scraped each second.

use crate::live::history::{Track, is_stale};
use crate::live::promql::RATE_SECONDS;

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

/// The same, but for increases over a gap that is longer than the window of a rate: nobody knows when they were.
fn timely_increases(track: &Track, times: &[f64]) -> Vec<f64> {
    let mut seen = None;
    let increases = track.newest(times.len()).zip(increases(track, times.len())).zip(times);
    let timely = increases.map(|((value, increase), time)| {
        if value.is_nan() {
            return 0.0;
        }
        let is_timely = seen.replace(*time).is_some_and(|seen| time - seen < RATE_SECONDS as f64);
        if is_timely { increase } else { 0.0 }
    });
    timely.collect()
}

/// The rate of the sum of counters at each time; not a number where none of them was there, or for the first time.
pub(super) fn of(tracks: &[&Track], times: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; times.len()];
    let mut is_there = vec![false; times.len()];
    for track in tracks {
        for (place, (value, increase)) in track.newest(times.len()).zip(timely_increases(track, times)).enumerate() {
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
            if !value.is_nan() || is_stale(value) {
                before = value;
            }
        }
    }
    times.iter().zip(fell).filter(|(_, fell)| *fell).map(|(time, _)| *time).collect()
}

/// Whether a counter came onto a page that was there before, and had counted.
pub(super) fn is_new_in(track: &Track, scrapes: usize) -> bool {
    let values: Vec<_> = track.newest(scrapes).collect();
    values.windows(2).any(|pair| is_stale(pair[0]) && pair[1] > 0.0)
}
