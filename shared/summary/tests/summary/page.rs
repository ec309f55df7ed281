//! The page that Prometheus scrapes.

use prometheus::{Registry, TextEncoder};
use summary::{Summary, SummaryOpts, SummaryVec};

use crate::support::{HandClock, opts, page};

#[test]
fn a_summary_without_observations_has_nan_quantiles_and_zeros() {
    let summary = Summary::with_opts(opts()).unwrap();

    assert_eq!(
        page(&summary),
        r#"# HELP duration_seconds How long it takes.
# TYPE duration_seconds summary
duration_seconds{quantile="0.5"} NaN
duration_seconds{quantile="0.9"} NaN
duration_seconds{quantile="0.95"} NaN
duration_seconds{quantile="0.99"} NaN
duration_seconds_sum 0
duration_seconds_count 0
"#
    );
}

#[test]
fn a_negative_zero_leaves_the_sum_at_zero() {
    let summary = Summary::with_opts(opts()).unwrap();
    summary.observe(-0.0);

    assert!(page(&summary).contains("duration_seconds_sum 0\n"));
}

#[test]
fn the_quantiles_are_on_the_page_as_they_are_in_the_options() {
    let summary = Summary::with_opts(opts().quantiles(vec![1.0, 0.999, 0.0]).clock(HandClock::default())).unwrap();
    summary.observe(0.25);
    summary.observe(0.5);

    // The middles of the buckets: 249,561,088 to 251,658,239 ns, and 499,122,176 to 503,316,479 ns.
    assert_eq!(
        page(&summary),
        r#"# HELP duration_seconds How long it takes.
# TYPE duration_seconds summary
duration_seconds{quantile="1"} 0.5012193275
duration_seconds{quantile="0.999"} 0.5012193275
duration_seconds{quantile="0"} 0.2506096635
duration_seconds_sum 0.75
duration_seconds_count 2
"#
    );
}

#[test]
fn each_combination_of_labels_has_its_own_quantiles() {
    let opts = opts().quantiles(vec![0.5]).const_label("replica", "a").clock(HandClock::default());
    let summaries = SummaryVec::new(opts, &["operation"]).unwrap();
    let registry = Registry::new();
    registry.register(Box::new(summaries.clone())).unwrap();
    summaries.with_label_values(&["find_item"]).observe(50e-9);
    summaries.with_label_values(&["add_item"]).observe(20e-9);
    summaries.with_label_values(&["find_item"]).observe(50e-9);

    assert_eq!(
        TextEncoder::new().encode_to_string(&registry.gather()).unwrap(),
        r#"# HELP duration_seconds How long it takes.
# TYPE duration_seconds summary
duration_seconds{operation="add_item",replica="a",quantile="0.5"} 0.00000002
duration_seconds_sum{operation="add_item",replica="a"} 0.00000002
duration_seconds_count{operation="add_item",replica="a"} 1
duration_seconds{operation="find_item",replica="a",quantile="0.5"} 0.00000005
duration_seconds_sum{operation="find_item",replica="a"} 0.0000001
duration_seconds_count{operation="find_item",replica="a"} 2
"#
    );
}

#[test]
fn a_removed_combination_of_labels_leaves_the_page() {
    let summaries = SummaryVec::new(opts(), &["operation"]).unwrap();
    summaries.with_label_values(&["find_item"]).observe(0.5);
    summaries.with_label_values(&["add_item"]).observe(0.5);
    summaries.remove_label_values(&["find_item"]).unwrap();

    assert!(!page(&summaries).contains("find_item"));
}

#[test]
fn namespace_and_subsystem_are_in_the_name() {
    let opts = opts().namespace("shop").subsystem("db");
    assert_eq!(opts.fq_name(), "shop_db_duration_seconds");
    let summary = Summary::with_opts(opts).unwrap();

    assert!(page(&summary).contains("shop_db_duration_seconds_count 0\n"));
}

#[test]
fn a_name_is_registered_once() {
    let registry = Registry::new();
    let summary = Summary::with_opts(opts()).unwrap();
    registry.register(Box::new(summary.clone())).unwrap();

    assert!(registry.register(Box::new(summary)).is_err());
}

#[test]
fn summaries_of_several_names_share_a_registry() {
    let registry = Registry::new();
    for name in ["first_seconds", "second_seconds"] {
        registry.register(Box::new(Summary::with_opts(SummaryOpts::new(name, "A summary.")).unwrap())).unwrap();
    }
    for name in ["third_seconds", "fourth_seconds"] {
        let opts = SummaryOpts::new(name, "A summary.");
        registry.register(Box::new(SummaryVec::new(opts, &["operation"]).unwrap())).unwrap();
    }
}
