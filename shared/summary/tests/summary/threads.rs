//! Many threads that observe at once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use summary::{DEFAULT_MAX_AGE, Summary};

use crate::support::{HandClock, is_close, opts, quantile, summary_with};

const THREADS: u32 = 8;
const OBSERVATIONS: u32 = 20_000;

/// Runs a function in each of the threads, which have the numbers from 1 on.
fn in_threads(run: impl Fn(u32) + Sync) {
    let run = &run;
    thread::scope(|scope| {
        for number in 1..=THREADS {
            scope.spawn(move || run(number));
        }
    });
}

#[test]
fn observations_of_many_threads_are_all_counted_and_summed_up() {
    let summary = Summary::with_opts(opts()).unwrap();

    // Halves and their sums are exact in a double.
    in_threads(|_| (0..OBSERVATIONS).for_each(|_| summary.observe(0.5)));

    assert_eq!(summary.get_sample_count(), u64::from(THREADS * OBSERVATIONS));
    assert_eq!(summary.get_sample_sum(), f64::from(THREADS * OBSERVATIONS) / 2.0);
}

#[test]
fn observations_of_many_threads_are_all_in_the_quantiles() {
    // Each thread observes its own number, so each number has an equal share.
    let shares: Vec<f64> = (1..=THREADS).map(|number| f64::from(number) / f64::from(THREADS)).collect();
    let summary = summary_with(&shares, &HandClock::default());

    in_threads(|number| (0..OBSERVATIONS).for_each(|_| summary.observe(f64::from(number))));

    for (number, share) in (1..=THREADS).zip(shares) {
        assert!(is_close(quantile(&summary, share), f64::from(number)));
    }
}

#[test]
fn nothing_is_lost_while_the_window_slides() {
    let clock = HandClock::default();
    let opts = opts().max_age(Duration::from_millis(3)).age_buckets(3).clock(clock.clone());
    let summary = Summary::with_opts(opts).unwrap();

    in_threads(|_| {
        for _ in 0..OBSERVATIONS {
            summary.observe(0.5);
            clock.advance(Duration::from_micros(100));
        }
    });

    assert_eq!(summary.get_sample_count(), u64::from(THREADS * OBSERVATIONS));
    assert_eq!(summary.get_sample_sum(), f64::from(THREADS * OBSERVATIONS) / 2.0);
}

#[test]
fn observations_that_begin_an_age_bucket_together_are_all_in_the_window() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.0, 0.5, 1.0], &clock);
    let barrier = Barrier::new(THREADS as usize);

    for _ in 0..100 {
        clock.advance(2 * DEFAULT_MAX_AGE);
        in_threads(|number| {
            barrier.wait();
            summary.observe(f64::from(number));
        });

        assert!(is_close(quantile(&summary, 0.0), 1.0));
        assert!(is_close(quantile(&summary, 0.5), f64::from(THREADS / 2)));
        assert!(is_close(quantile(&summary, 1.0), f64::from(THREADS)));
    }
}

#[test]
fn a_scrape_between_observations_shows_quantiles_of_what_was_observed_and_a_count_that_grows() {
    let clock = HandClock::default();
    let opts = opts().quantiles(vec![0.5]).max_age(Duration::from_millis(3)).age_buckets(3).clock(clock.clone());
    let summary = Summary::with_opts(opts).unwrap();
    let done = AtomicBool::new(false);

    thread::scope(|scope| {
        scope.spawn(|| {
            in_threads(|_| {
                for _ in 0..OBSERVATIONS {
                    summary.observe(0.5);
                    clock.advance(Duration::from_micros(10));
                }
            });
            done.store(true, Ordering::SeqCst);
        });

        let mut count = 0;
        while !done.load(Ordering::SeqCst) {
            let value = quantile(&summary, 0.5);
            assert!(value.is_nan() || is_close(value, 0.5), "{value}");
            assert!(summary.get_sample_count() >= count);
            count = summary.get_sample_count();
        }
    });
}

#[test]
fn clones_share_their_observations() {
    let summary = Summary::with_opts(opts()).unwrap();
    let clone = summary.clone();
    clone.observe(0.5);

    assert_eq!(summary.get_sample_count(), 1);
}
