//! Options that make no sense, which fail when the summary is created.

use std::collections::HashMap;
use std::time::Duration;

use prometheus::Opts;
use summary::{DEFAULT_AGE_BUCKETS, DEFAULT_MAX_AGE, DEFAULT_QUANTILES, Summary, SummaryOpts, SummaryVec};

use crate::support::opts;

/// The error of a summary, which a vector must have, too.
fn error(opts: SummaryOpts) -> String {
    let error = Summary::with_opts(opts.clone()).unwrap_err().to_string();
    assert_eq!(SummaryVec::new(opts, &["operation"]).unwrap_err().to_string(), error);
    error
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let opts = SummaryOpts::from(Opts::new("duration_seconds", "How long it takes."));

    assert_eq!(opts.quantiles, DEFAULT_QUANTILES);
    assert_eq!(opts.max_age, DEFAULT_MAX_AGE);
    assert_eq!(opts.age_buckets, DEFAULT_AGE_BUCKETS);
}

#[test]
fn a_quantile_outside_0_to_1_is_refused() {
    for (quantile, shown) in [(50.0, "50"), (-0.1, "-0.1"), (1.1, "1.1"), (f64::NAN, "NaN")] {
        assert_eq!(
            error(opts().quantiles(vec![0.5, quantile])),
            format!("Error: summary quantiles must be from 0 to 1: {shown} (the 99th percentile is 0.99)")
        );
    }
}

#[test]
fn a_summary_without_quantiles_is_refused() {
    assert_eq!(error(opts().quantiles(vec![])), "Error: a summary needs at least one quantile, such as 0.5");
}

#[test]
fn a_quantile_that_is_there_twice_is_refused() {
    assert_eq!(
        error(opts().quantiles(vec![0.5, 0.9, 0.5])),
        "Error: summary quantiles must differ: 0.5 is there twice"
    );
}

#[test]
fn a_max_age_of_zero_is_refused() {
    assert_eq!(
        error(opts().max_age(Duration::ZERO)),
        "Error: the age buckets of a summary must be at least 1ms long: a max_age of 0ns in 5 age buckets"
    );
}

#[test]
fn a_summary_without_age_buckets_is_refused() {
    assert_eq!(
        error(opts().age_buckets(0)),
        "Error: the age buckets of a summary must be at least 1ms long: a max_age of 600s in 0 age buckets"
    );
}

#[test]
fn an_age_bucket_shorter_than_a_millisecond_is_refused() {
    assert_eq!(
        error(opts().max_age(Duration::from_millis(4))),
        "Error: the age buckets of a summary must be at least 1ms long: a max_age of 4ms in 5 age buckets"
    );
}

#[test]
fn a_max_age_that_does_not_fit_in_64_bits_is_accepted() {
    for max_age in [Duration::MAX, Duration::from_nanos(u64::MAX) + Duration::from_nanos(1)] {
        assert!(Summary::with_opts(opts().max_age(max_age).age_buckets(1)).is_ok());
    }
}

#[test]
fn a_constant_label_quantile_is_refused() {
    let labels = HashMap::from([("quantile".to_owned(), "0.5".to_owned())]);
    for opts in [opts().const_label("quantile", "0.5"), opts().const_labels(labels)] {
        assert_eq!(error(opts), "Error: `quantile` is not allowed as label name in summaries");
    }
}

#[test]
fn a_variable_label_quantile_is_refused() {
    let error = SummaryVec::new(opts(), &["operation", "quantile"]).unwrap_err();

    assert_eq!(error.to_string(), "Error: `quantile` is not allowed as label name in summaries");
}

#[test]
fn a_summary_with_variable_labels_but_no_values_is_refused() {
    let error = Summary::with_opts(opts().variable_label("operation")).unwrap_err();

    assert_eq!(error.to_string(), "Inconsistent label cardinality, expect 1 label values, but got 0");
}

#[test]
fn an_invalid_name_is_refused() {
    assert!(Summary::with_opts(SummaryOpts::new("query duration", "How long it takes.")).is_err());
}

#[test]
fn the_wrong_number_of_label_values_is_refused() {
    let summaries = SummaryVec::new(opts(), &["operation"]).unwrap();

    assert!(summaries.get_metric_with_label_values(&["find_item", "get"]).is_err());
}
