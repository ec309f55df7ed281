//! What the linter says, and that it says all that `promtool check metrics` says.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use checks::exposition::Page;
use checks::lint::{Problem, Rule, lint};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

fn problems(page: &str) -> Vec<Problem> {
    lint(&Page::parse(TEXT, page).unwrap())
}

/// The rules that one family with help and type breaks.
fn broken(metric_type: &str, name: &str) -> Vec<Rule> {
    problems(&family(metric_type, name)).into_iter().map(|problem| problem.rule).collect()
}

/// A family with help, type and one series.
fn family(metric_type: &str, name: &str) -> String {
    let samples = match metric_type {
        "histogram" => format!("{name}_bucket{{le=\"+Inf\"}} 1\n{name}_sum 1\n{name}_count 1\n"),
        "summary" => format!("{name}{{quantile=\"0.5\"}} 1\n{name}_sum 1\n{name}_count 1\n"),
        _ => format!("{name} 1\n"),
    };
    format!("# HELP {name} Help.\n# TYPE {name} {metric_type}\n{samples}")
}

/// The text of the only problem of a family.
fn advice(metric_type: &str, name: &str) -> String {
    let problems = problems(&family(metric_type, name));
    let [problem] = problems.as_slice() else { panic!("expected one problem, got {problems:?}") };
    problem.text.clone()
}

mod good_names {
    use super::*;

    #[test]
    fn the_metrics_of_the_course_break_no_rule() {
        for (metric_type, name) in [
            ("gauge", "app_info"),
            ("counter", "cart_additions_total"),
            ("counter", "http_requests_total"),
            ("counter", "http_exceptions_total"),
            ("gauge", "http_requests_in_progress"),
            ("gauge", "cart_sessions_active"),
            ("gauge", "db_connections_active"),
            ("gauge", "db_connections_max"),
            ("gauge", "app_cpu_usage_ratio"),
            ("gauge", "app_memory_bytes"),
            ("gauge", "system_disk_free_bytes"),
            ("histogram", "http_request_duration_seconds"),
            ("summary", "db_query_duration_seconds"),
            ("gauge", "batch_last_run_timestamp_seconds"),
        ] {
            assert_eq!(broken(metric_type, name), [], "{name}");
        }
    }

    #[test]
    fn well_known_metrics_break_no_rule() {
        for (metric_type, name) in [
            ("counter", "process_cpu_seconds_total"),
            ("gauge", "process_open_fds"),
            ("gauge", "process_resident_memory_bytes"),
            ("gauge", "process_start_time_seconds"),
            ("gauge", "go_memstats_last_gc_time_seconds"),
            ("gauge", "http_server_requests_seconds_max"),
            ("gauge", "node_network_transmit_queue_length"),
            ("histogram", "axum_http_requests_duration_seconds"),
            ("untyped", "pg_stat_activity_count"),
        ] {
            assert_eq!(broken(metric_type, name), [], "{name}");
        }
    }

    #[test]
    fn a_histogram_may_have_le_and_a_summary_quantile() {
        assert_eq!(broken("histogram", "request_seconds"), []);
        assert_eq!(broken("summary", "request_seconds"), []);
    }

    #[test]
    fn openmetrics_counters_and_infos_break_no_rule() {
        let page = "# HELP a A.\n# TYPE a counter\na_total 1\n# HELP b B.\n# TYPE b info\nb_info 1\n# EOF\n";
        assert_eq!(lint(&Page::parse("application/openmetrics-text", page).unwrap()), []);
    }
}

mod rules {
    use super::*;

    #[test]
    fn a_help_text_is_required() {
        for page in ["# TYPE a gauge\na 1\n", "# HELP a\n# TYPE a gauge\na 1\n"] {
            assert_eq!(problems(page)[0].rule, Rule::Help, "{page}");
        }
    }

    #[test]
    fn a_type_is_required() {
        assert_eq!(problems("# HELP a A.\na 1\n")[0].rule, Rule::Type);
    }

    #[test]
    fn a_counter_ends_in_total() {
        assert!(advice("counter", "http_requests").ends_with("call it `http_requests_total`"));
    }

    #[test]
    fn only_a_counter_ends_in_total() {
        for metric_type in ["gauge", "histogram", "summary"] {
            assert_eq!(broken(metric_type, "carts_total"), [Rule::TotalWithoutCounter], "{metric_type}");
        }
    }

    #[test]
    fn total_stands_once() {
        assert!(advice("counter", "requests_total_total").contains("register the counter as `requests`"));
    }

    #[test]
    fn only_a_gauge_is_a_timestamp() {
        assert_eq!(broken("summary", "run_timestamp_seconds"), [Rule::TimestampWithoutGauge]);
    }

    #[test]
    fn suffixes_of_histograms_are_reserved() {
        assert!(advice("gauge", "carts_count").ends_with("call it `carts`"));
        assert_eq!(broken("gauge", "carts_sum"), [Rule::ReservedSuffix]);
        assert_eq!(broken("summary", "carts_bucket"), [Rule::ReservedSuffix]);
    }

    #[test]
    fn a_counter_of_counts_is_called_total() {
        let problems = problems(&family("counter", "carts_count"));
        assert!(problems.iter().all(|problem| problem.text.ends_with("call it `carts_total`")), "{problems:?}");
    }

    #[test]
    fn le_and_quantile_are_reserved() {
        for label in ["le", "quantile"] {
            let page = format!("# HELP a A.\n# TYPE a gauge\na{{{label}=\"1\"}} 1\n");
            assert_eq!(problems(&page)[0].rule, Rule::ReservedLabel, "{label}");
        }
    }

    #[test]
    fn a_label_is_named_once_however_many_series_have_it() {
        let page = "# HELP a A.\n# TYPE a gauge\na{userId=\"1\"} 1\na{userId=\"2\"} 1\n";
        let texts: Vec<String> = problems(page).into_iter().map(|problem| problem.text).collect();
        assert_eq!(texts, ["label names are in snake_case: call `userId` `user_id`"]);
    }

    #[test]
    fn a_name_does_not_say_its_type() {
        assert!(advice("gauge", "carts_gauge").ends_with("call it `carts`"));
    }

    #[test]
    fn a_name_does_not_say_another_type_either() {
        assert_eq!(broken("counter", "carts_histogram_total"), [Rule::OtherTypeInName]);
        assert!(!Rule::OtherTypeInName.is_of_promtool() && Rule::TypeInName.is_of_promtool());
        assert!(
            advice("counter", "carts_histogram_total")
                .contains("the `# TYPE` line says `counter`: call it `carts_total`")
        );
        assert!(advice("untyped", "carts_gauge").contains("the `# TYPE` line says `untyped`"));
    }

    #[test]
    fn colons_are_for_recording_rules() {
        assert!(advice("gauge", "shop:carts").ends_with("call it `shop_carts`"));
    }

    #[test]
    fn camel_case_is_refused() {
        assert!(advice("gauge", "openCarts").ends_with("call it `open_carts`"));
    }

    #[test]
    fn abbreviated_units_are_refused() {
        assert!(advice("histogram", "request_duration_ms").contains("`request_duration_seconds`"));
        assert!(advice("gauge", "memory_mb").contains("`memory_bytes`"));
    }

    #[test]
    fn units_other_than_base_units_are_refused() {
        assert!(advice("histogram", "request_milliseconds").contains("`request_seconds`"));
        assert!(advice("counter", "sent_kilobytes_total").contains("`sent_bytes_total`"));
        assert!(advice("gauge", "age_minutes").contains("`age_seconds`"));
    }

    #[test]
    fn percentages_are_refused() {
        assert!(advice("gauge", "cpu_usage_percent").contains("`cpu_usage_ratio`"));
    }

    #[test]
    fn a_unit_stands_at_the_end() {
        assert!(advice("histogram", "http_seconds_request").ends_with("`http_request_seconds`"));
        assert!(advice("counter", "bytes_sent_total").ends_with("`sent_bytes_total`"));
    }
}

mod promtool {
    use super::*;

    /// Words that a rule is about, and some that none is.
    const WORDS: &str = "carts Carts openCarts total count sum bucket info ratio counter gauge histogram summary Gauge \
        seconds bytes meters celsius kelvin kelvins minutes hours days weeks bits miles fahrenheit \
        milliseconds microseconds nanoseconds kilobytes megabytes gibibytes millivolts deciseconds kiloseconds \
        s ms us ns sec b kb mb gb tb pb m h d MS thermometers secondss";

    #[test]
    fn we_say_what_promtool_says_of_every_name() {
        for metric_type in ["counter", "gauge", "histogram", "summary", "untyped"] {
            let page: String = names().iter().map(|name| family(metric_type, name)).collect();
            assert_same_as_promtool(&page);
        }
    }

    #[test]
    fn we_say_what_promtool_says_of_labels() {
        for metric_type in ["counter", "gauge", "untyped"] {
            let samples = "a_total{le=\"1\",quantile=\"1\",userId=\"1\",user_id=\"1\"} 1\na_total{le=\"2\"} 1\n";
            assert_same_as_promtool(&format!("# HELP a_total A.\n# TYPE a_total {metric_type}\n{samples}"));
        }
    }

    #[test]
    fn we_say_what_promtool_says_of_help_texts() {
        assert_same_as_promtool("# HELP a\na 1\n# HELP b  \nb 1\nc 1\n# HELP d D.\nd 1\n# TYPE e gauge\ne 1\n");
    }

    /// Names with each word at the start, in the middle and at the end.
    fn names() -> Vec<String> {
        let patterns =
            |word| [format!("x_{word}"), format!("x_{word}_y"), format!("x_{word}_total"), format!("{word}_x")];
        let mut names: Vec<String> = WORDS.split_whitespace().flat_map(patterns).collect();
        names.extend(["x:y".to_owned(), "X_y".to_owned(), "x__ms".to_owned(), "x_ms_".to_owned()]);
        names
    }

    fn assert_same_as_promtool(page: &str) {
        let Some(said) = promtool_says(page) else { return };
        let minds_each_type = minds(&family("counter", "x_histogram_total"));
        let minds_timestamps = minds(&family("summary", "x_timestamp_seconds"));
        let as_said = |rule: Rule| match rule {
            Rule::OtherTypeInName => minds_each_type.then_some(Rule::TypeInName),
            Rule::TimestampWithoutGauge => minds_timestamps.then_some(rule),
            rule => rule.is_of_promtool().then_some(rule),
        };
        let ours = problems(page).into_iter().filter_map(|problem| Some((problem.metric, as_said(problem.rule)?)));
        let ours: BTreeSet<_> = ours.map(|(metric, rule)| (metric, format!("{rule:?}"))).collect();
        assert_eq!(ours, said);
    }

    /// Whether the version that is installed has a complaint: some rules were not in all of them.
    fn minds(page: &str) -> bool {
        promtool_says(page).is_some_and(|said| !said.is_empty())
    }

    /// The metrics that `promtool check metrics` complains about, and our rules that say the same. `None` if
    /// there is no promtool.
    fn promtool_says(page: &str) -> Option<BTreeSet<(String, String)>> {
        let command =
            Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = match command {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return say_promtool_is_missing(),
            child => child.unwrap(),
        };
        child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        Some(said.lines().map(|line| line.split_once(' ').unwrap()).map(as_rule).collect())
    }

    fn say_promtool_is_missing<T>() -> Option<T> {
        let message = "promtool is not installed, so our linter was NOT compared with it. \
                       It comes with Prometheus (Debian: `apt install prometheus`).";
        assert!(std::env::var("LAB_REQUIRE_SERVICES").as_deref() != Ok("1"), "{message}");
        // Not `eprintln!`, which a passing test swallows.
        io::stderr().write_all(format!("\nNOT RUN: {message}\n\n").as_bytes()).unwrap();
        None
    }

    fn as_rule((metric, text): (&str, &str)) -> (String, String) {
        let rule = match text {
            "no help text" => Rule::Help,
            r#"counter metrics should have "_total" suffix"# => Rule::CounterWithoutTotal,
            r#"non-counter metrics should not have "_total" suffix"# => Rule::TotalWithoutCounter,
            "metric names should not contain ':'" => Rule::Colon,
            "metric names should be written in 'snake_case' not 'camelCase'" => Rule::CamelCaseName,
            "label names should be written in 'snake_case' not 'camelCase'" => Rule::CamelCaseLabel,
            "metric names should not contain abbreviated units" => Rule::AbbreviatedUnit,
            text if text.starts_with("use base unit") => Rule::NonBaseUnit,
            text if text.starts_with("metric name should not include type") => Rule::TypeInName,
            r#"non-gauge metrics should not have "_timestamp_seconds" suffix"# => Rule::TimestampWithoutGauge,
            text if text.ends_with("suffix") => Rule::ReservedSuffix,
            text if text.ends_with("label") => Rule::ReservedLabel,
            other => panic!("promtool says something new about {metric}: {other}"),
        };
        (metric.to_owned(), format!("{rule:?}"))
    }
}
