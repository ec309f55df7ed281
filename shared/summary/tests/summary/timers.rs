//! Timers, with a clock that is moved by hand.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use summary::{Clock, DEFAULT_MAX_AGE, MonotonicClock, Summary};

use crate::support::{HandClock, is_close, opts, quantile, summary_with};

const DURATION: Duration = Duration::from_millis(250);

fn summary(clock: &HandClock) -> Summary {
    summary_with(&[0.5], clock)
}

#[test]
fn a_timer_records_the_time_since_its_start_in_seconds() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let timer = summary.start_timer();
    clock.advance(DURATION);
    timer.observe_duration();

    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (1, 0.25));
}

#[test]
fn a_timer_that_is_stopped_returns_what_it_records() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let timer = summary.start_timer();
    clock.advance(DURATION);

    assert_eq!(timer.stop_and_record(), 0.25);
    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (1, 0.25));
}

#[test]
fn a_timer_that_is_discarded_returns_the_time_and_records_nothing() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let timer = summary.start_timer();
    clock.advance(DURATION);

    assert_eq!(timer.stop_and_discard(), 0.25);
    assert_eq!(summary.get_sample_count(), 0);
}

#[test]
fn a_timer_that_is_dropped_records() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let timer = summary.start_timer();
    clock.advance(DURATION);
    drop(timer);

    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (1, 0.25));
}

#[test]
fn a_timer_records_into_the_age_bucket_of_its_stop() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let timer = summary.start_timer();
    clock.advance(DEFAULT_MAX_AGE);
    timer.observe_duration();

    assert!(is_close(quantile(&summary, 0.5), 600.0));
}

#[test]
fn a_timer_whose_clock_is_set_back_records_zero() {
    let clock = HandClock::default();
    clock.advance(DURATION);
    let summary = summary(&clock);
    let timer = summary.start_timer();
    clock.turn_back(DURATION);

    assert_eq!(timer.stop_and_record(), 0.0);
}

#[test]
fn a_timer_outlives_its_handle() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let timer = summary.clone().start_timer();
    timer.observe_duration();

    assert_eq!(summary.get_sample_count(), 1);
}

#[test]
fn a_closure_is_timed_and_its_result_returned() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let result = summary.observe_closure_duration(|| {
        clock.advance(DURATION);
        42
    });

    assert_eq!(result, 42);
    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (1, 0.25));
}

#[test]
fn a_closure_that_panics_is_timed() {
    let clock = HandClock::default();
    let summary = summary(&clock);
    let result = catch_unwind(AssertUnwindSafe(|| summary.observe_closure_duration(|| panic!("as it should"))));

    assert!(result.is_err());
    assert_eq!(summary.get_sample_count(), 1);
}

#[test]
fn the_clock_of_the_operating_system_times_and_slides() {
    let summary = Summary::with_opts(opts().clock(MonotonicClock)).unwrap();
    summary.observe(0.5);
    summary.start_timer().observe_duration();

    assert_eq!(summary.get_sample_count(), 2);
    assert!(quantile(&summary, 0.99) > 0.4);
}

#[test]
fn the_clock_of_the_system_goes_on() {
    let begin = MonotonicClock.now();
    let coarse_begin = MonotonicClock.coarse_now();
    std::thread::sleep(DURATION);

    assert!(MonotonicClock.now() > begin);
    assert!(MonotonicClock.coarse_now() > coarse_begin);
}
