//! The sliding window, with a clock that is moved by hand.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use summary::{DEFAULT_MAX_AGE, Summary};

use crate::support::{HandClock, is_close, opts, quantile, summary_with};

const AGE_BUCKET: Duration = Duration::from_secs(120);

#[test]
fn an_empty_window_has_nan_quantiles() {
    let summary = summary_with(&[0.5], &HandClock::default());

    assert!(quantile(&summary, 0.5).is_nan());
}

#[test]
fn an_observation_is_in_the_quantiles_until_it_is_max_age_old() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.5], &clock);
    summary.observe(0.2);

    clock.advance(DEFAULT_MAX_AGE - Duration::from_nanos(1));
    assert!(is_close(quantile(&summary, 0.5), 0.2));
    clock.advance(Duration::from_nanos(1));
    assert!(quantile(&summary, 0.5).is_nan());
}

#[test]
fn an_observation_at_the_end_of_an_age_bucket_leaves_one_age_bucket_early() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.5], &clock);
    clock.advance(AGE_BUCKET - Duration::from_nanos(1));
    summary.observe(0.2);

    clock.advance(4 * AGE_BUCKET);
    assert!(is_close(quantile(&summary, 0.5), 0.2));
    clock.advance(Duration::from_nanos(1));
    assert!(quantile(&summary, 0.5).is_nan());
}

#[test]
fn old_observations_leave_one_age_bucket_after_the_other() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.0], &clock);
    for seconds in 1..=5 {
        summary.observe(f64::from(seconds));
        clock.advance(AGE_BUCKET);
    }

    for least_left in 2..=5 {
        assert!(is_close(quantile(&summary, 0.0), f64::from(least_left)));
        clock.advance(AGE_BUCKET);
    }
    assert!(quantile(&summary, 0.0).is_nan());
}

#[test]
fn count_and_sum_never_expire() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.5], &clock);
    summary.observe(0.2);
    clock.advance(100 * DEFAULT_MAX_AGE);
    summary.observe(0.3);
    clock.advance(100 * DEFAULT_MAX_AGE);

    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (2, 0.5));
}

#[test]
fn the_first_observation_after_a_long_silence_is_alone_in_the_window() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.0, 1.0], &clock);
    summary.observe(0.1);
    clock.advance(1_000 * DEFAULT_MAX_AGE + AGE_BUCKET / 3);
    summary.observe(0.9);

    assert!(is_close(quantile(&summary, 0.0), 0.9));
    assert!(is_close(quantile(&summary, 1.0), 0.9));
}

#[test]
fn a_clock_that_jumps_a_few_age_buckets_ahead_keeps_what_is_young_enough() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.0, 1.0], &clock);
    summary.observe(0.1);
    clock.advance(2 * AGE_BUCKET);
    summary.observe(0.5);
    clock.advance(3 * AGE_BUCKET);
    summary.observe(0.9);

    assert!(is_close(quantile(&summary, 0.0), 0.5));
    assert!(is_close(quantile(&summary, 1.0), 0.9));
}

#[test]
fn a_clock_that_is_set_back_loses_no_observation() {
    let clock = HandClock::default();
    clock.advance(10 * DEFAULT_MAX_AGE);
    let summary = summary_with(&[0.0, 1.0], &clock);
    summary.observe(0.1);
    clock.turn_back(3 * DEFAULT_MAX_AGE);
    summary.observe(0.9);

    assert!(is_close(quantile(&summary, 0.0), 0.1));
    assert!(is_close(quantile(&summary, 1.0), 0.9));
}

#[test]
fn a_clock_that_jumps_to_its_end_does_no_harm() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.5], &clock);
    clock.advance(Duration::from_nanos(u64::MAX));
    summary.observe(0.2);
    summary.observe(0.2);

    assert!(is_close(quantile(&summary, 0.5), 0.2));
    assert_eq!(summary.get_sample_count(), 2);
}

#[test]
fn a_scrape_leaves_the_window_as_it_is() {
    let clock = HandClock::default();
    let summary = summary_with(&[0.5], &clock);
    summary.observe(0.2);

    for _ in 0..5 {
        assert!(is_close(quantile(&summary, 0.5), 0.2));
        clock.advance(AGE_BUCKET);
    }
    assert!(quantile(&summary, 0.5).is_nan());
}

#[derive(Clone, Debug)]
enum Step {
    Observe(f64),
    Advance(Duration),
    Scrape,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0.001..10.0).prop_map(Step::Observe),
        2 => (0..1_500_u64).prop_map(|ms| Step::Advance(Duration::from_millis(ms))),
        1 => (0..60_u64).prop_map(|s| Step::Advance(Duration::from_secs(s))),
        2 => Just(Step::Scrape),
    ]
}

proptest! {
    /// The age buckets are a second long here, so the number of a bucket is a time in whole seconds.
    #[test]
    fn the_window_is_the_age_bucket_of_now_and_those_before_it(
        steps in vec(step(), 1..200),
        age_buckets in 1..8_u32,
    ) {
        let clock = HandClock::default();
        let max_age = Duration::from_secs(age_buckets.into());
        let opts = opts().quantiles(vec![0.0, 1.0]).max_age(max_age).age_buckets(age_buckets).clock(clock.clone());
        let summary = Summary::with_opts(opts).unwrap();
        let mut now = Duration::ZERO;
        let mut observed: Vec<(u64, f64)> = vec![];

        for step in steps {
            match step {
                Step::Observe(v) => {
                    summary.observe(v);
                    observed.push((now.as_secs(), v));
                }
                Step::Advance(time) => {
                    clock.advance(time);
                    now += time;
                }
                Step::Scrape => {
                    let in_window = |bucket: u64| bucket + u64::from(age_buckets) > now.as_secs();
                    let values = || observed.iter().filter(|(bucket, _)| in_window(*bucket)).map(|(_, v)| *v);
                    let (least, greatest) = (quantile(&summary, 0.0), quantile(&summary, 1.0));
                    match values().min_by(f64::total_cmp).zip(values().max_by(f64::total_cmp)) {
                        Some(exact) => prop_assert!(is_close(least, exact.0) && is_close(greatest, exact.1)),
                        None => prop_assert!(least.is_nan() && greatest.is_nan()),
                    }
                }
            }
        }
    }
}
