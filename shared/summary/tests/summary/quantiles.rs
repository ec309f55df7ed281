//! Quantiles against exact ones, and observations at the ends of the range.

use proptest::collection::vec;
use proptest::prelude::*;
use summary::Summary;

use crate::support::{HandClock, is_close, opts, quantile, summary_with};

/// The nearest rank: the smallest observation that is not below a share of them.
fn exact_quantile(observations: &[f64], quantile: f64) -> f64 {
    let mut sorted = observations.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (quantile * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Latencies from 64 ns to 18 minutes, as likely in each power of ten.
fn latency() -> impl Strategy<Value = f64> {
    (64e-9_f64.ln()..1_080_f64.ln()).prop_map(f64::exp)
}

proptest! {
    #[test]
    fn a_quantile_is_within_its_bound_of_the_exact_one(
        observations in vec(latency(), 1..500),
        q in 0.0..=1.0,
    ) {
        let summary = summary_with(&[q], &HandClock::default());
        observations.iter().for_each(|observation| summary.observe(*observation));

        let exact = exact_quantile(&observations, q);
        let value = quantile(&summary, q);
        prop_assert!(is_close(value, exact), "{value} is too far from {exact}");
    }

    #[test]
    fn a_quantile_of_one_power_of_two_is_within_its_bound_of_the_exact_one(
        observations in vec(0.25..0.5, 1..500),
        q in 0.0..=1.0,
    ) {
        let summary = summary_with(&[q], &HandClock::default());
        observations.iter().for_each(|observation| summary.observe(*observation));

        let exact = exact_quantile(&observations, q);
        let value = quantile(&summary, q);
        prop_assert!(is_close(value, exact), "{value} is too far from {exact}");
    }

    #[test]
    fn no_observation_panics_or_spoils_the_count_and_the_sum(observations in vec(any::<f64>(), 0..50)) {
        let summary = Summary::with_opts(opts()).unwrap();
        observations.iter().for_each(|observation| summary.observe(*observation));

        let counted: Vec<f64> = observations.into_iter().filter(|v| v.is_finite()).map(|v| v.max(0.0)).collect();
        prop_assert_eq!(summary.get_sample_count(), counted.len() as u64);
        prop_assert_eq!(summary.get_sample_sum(), counted.iter().fold(0.0, |sum, v| sum + v));
    }
}

#[test]
fn the_quantiles_of_zero_and_one_are_the_least_and_the_greatest() {
    let summary = summary_with(&[0.0, 1.0], &HandClock::default());
    for milliseconds in 1..=1_000 {
        summary.observe(f64::from(milliseconds) / 1_000.0);
    }

    assert!(is_close(quantile(&summary, 0.0), 0.001));
    assert!(is_close(quantile(&summary, 1.0), 1.0));
}

#[test]
fn the_median_of_two_is_the_lower_one() {
    let summary = summary_with(&[0.5], &HandClock::default());
    summary.observe(1.0);
    summary.observe(3.0);

    assert!(is_close(quantile(&summary, 0.5), 1.0));
}

#[test]
fn zero_is_exact() {
    let summary = summary_with(&[0.5], &HandClock::default());
    summary.observe(0.0);

    assert_eq!(quantile(&summary, 0.5), 0.0);
}

#[test]
fn a_few_nanoseconds_are_half_a_nanosecond_off_at_most() {
    let summary = summary_with(&[0.5], &HandClock::default());
    summary.observe(7.4e-9);

    assert!((quantile(&summary, 0.5) - 7.4e-9).abs() <= 0.5e-9);
}

#[test]
fn a_negative_observation_counts_as_zero() {
    let summary = summary_with(&[0.5], &HandClock::default());
    summary.observe(-3.0);

    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (1, 0.0));
    assert_eq!(quantile(&summary, 0.5), 0.0);
}

#[test]
fn what_is_not_finite_is_ignored() {
    let summary = summary_with(&[0.5], &HandClock::default());
    summary.observe(f64::NAN);
    summary.observe(f64::INFINITY);
    summary.observe(f64::NEG_INFINITY);

    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (0, 0.0));
    assert!(quantile(&summary, 0.5).is_nan());
}

#[test]
fn an_observation_of_an_hour_is_in_the_sum_as_it_is_and_in_the_quantiles_as_18_minutes() {
    let summary = summary_with(&[0.5], &HandClock::default());
    summary.observe(3_600.0);

    assert_eq!(summary.get_sample_sum(), 3_600.0);
    assert!(is_close(quantile(&summary, 0.5), 1_099.5));
}

#[test]
fn the_greatest_number_is_counted() {
    let summary = summary_with(&[0.5], &HandClock::default());
    summary.observe(f64::MAX);

    assert_eq!((summary.get_sample_count(), summary.get_sample_sum()), (1, f64::MAX));
    assert!(is_close(quantile(&summary, 0.5), 1_099.5));
}
