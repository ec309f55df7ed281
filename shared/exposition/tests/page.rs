//! What the parser accepts, and what it says about what it does not.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

use exposition::{ContentTypeError, Family, Format, MetricType, Page, ParseError, Violation};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A page with every type of the text format.
const TEXT_PAGE: &str = r#"# HELP http_requests_total Requests, with a \\ and a\nnewline.
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/items/{id}"} 3
http_requests_total{method="POST",path="/items"} 2 1700000000500

# A comment.
# TYPE cart_sessions_active gauge
cart_sessions_active -1.5
# TYPE request_seconds histogram
request_seconds_bucket{le="0.1"} 1
request_seconds_bucket{le="+Inf"} 2
request_seconds_sum 0.6
request_seconds_count 2
# TYPE query_seconds summary
query_seconds{operation="a",quantile="0.5"} NaN
query_seconds_sum{operation="a"} 0
query_seconds_count{operation="a"} 0
# TYPE said_untyped untyped
said_untyped 1
undeclared 1
"#;

/// What `prometheus-client` 0.25 writes.
const OPENMETRICS_PAGE: &str = r##"# HELP http_requests Requests with \ back "quote".
# TYPE http_requests counter
http_requests_total{path="a\\b\"c\nd"} 1
# HELP cart_sessions_active Carts.
# TYPE cart_sessions_active gauge
cart_sessions_active 0
# HELP request_seconds Latency.
# TYPE request_seconds histogram
# UNIT request_seconds seconds
request_seconds_sum 0.3
request_seconds_count 1
request_seconds_bucket{le="0.005"} 0
request_seconds_bucket{le="0.5"} 1 # {trace_id="x"} 0.3 1795271944.173592
request_seconds_bucket{le="+Inf"} 1
# HELP jobs Jobs.
# TYPE jobs counter
jobs_total 1 1700000000.5 # {trace_id="x"} 1.0
jobs_created 1600000000.25
# HELP app App.
# TYPE app info
app_info{version="1"} 1
# EOF
"##;

fn text_page() -> Page {
    Page::parse(TEXT, TEXT_PAGE).unwrap()
}

fn openmetrics_page() -> Page {
    Page::parse(OPENMETRICS, OPENMETRICS_PAGE).unwrap()
}

/// What is wrong with a page in the text format.
fn violation(page: &str) -> Violation {
    violation_as(TEXT, page)
}

fn violation_as(content_type: &str, page: &str) -> Violation {
    match Page::parse(content_type, page) {
        Err(ParseError::Line(line)) => line.violation,
        other => panic!("expected an invalid line, got {other:?}"),
    }
}

fn content_type_error(content_type: &str) -> ContentTypeError {
    match Page::parse(content_type, "") {
        Err(ParseError::ContentType(error)) => error,
        other => panic!("expected a content type error, got {other:?}"),
    }
}

mod content_types {
    use super::*;

    #[test]
    fn the_text_format_is_known_by_its_version() {
        for content_type in [
            "text/plain; version=0.0.4",
            "text/plain;version=0.0.4;charset=utf-8",
            "Text/Plain; Charset=UTF-8; Version=\"0.0.4\"",
            "text/plain; version=1.0.0; escaping=allow-utf-8",
        ] {
            assert_eq!(Page::parse(content_type, "").unwrap().format, Format::Text, "{content_type}");
        }
    }

    #[test]
    fn openmetrics_is_known_by_its_media_type() {
        for content_type in [OPENMETRICS, "application/openmetrics-text; version=0.0.1", "application/openmetrics-text"]
        {
            assert_eq!(Page::parse(content_type, "# EOF\n").unwrap().format, Format::OpenMetrics, "{content_type}");
        }
    }

    #[test]
    fn a_missing_content_type_is_refused() {
        assert_eq!(content_type_error(""), ContentTypeError::Missing);
    }

    #[test]
    fn plain_text_without_a_version_is_refused() {
        assert!(matches!(content_type_error("text/plain; charset=utf-8"), ContentTypeError::NoVersion(_)));
    }

    #[test]
    fn a_version_that_does_not_exist_is_refused() {
        assert!(matches!(content_type_error("text/plain; version=0.0.5"), ContentTypeError::UnknownVersion(_)));
    }

    #[test]
    fn another_charset_is_refused() {
        let error = content_type_error("text/plain; version=0.0.4; charset=latin1");
        assert!(matches!(error, ContentTypeError::NotUtf8(_)));
    }

    #[test]
    fn html_and_json_are_refused() {
        for content_type in ["text/html", "application/json; version=0.0.4"] {
            assert!(matches!(content_type_error(content_type), ContentTypeError::NotMetrics(_)), "{content_type}");
        }
    }

    #[test]
    fn the_message_says_what_to_send_instead() {
        let message = Page::parse("text/html", "").unwrap_err().to_string();
        assert!(message.contains("send `text/plain; version=0.0.4; charset=utf-8`"), "{message}");
    }
}

mod reading {
    use super::*;

    fn family<'a>(page: &'a Page, name: &str) -> &'a Family {
        page.family(name).unwrap()
    }

    #[test]
    fn types_are_read() {
        let page = text_page();
        let types: Vec<(&str, MetricType)> =
            page.families.iter().map(|family| (family.name.as_str(), family.metric_type)).collect();
        assert_eq!(
            types,
            [
                ("http_requests_total", MetricType::Counter),
                ("cart_sessions_active", MetricType::Gauge),
                ("request_seconds", MetricType::Histogram),
                ("query_seconds", MetricType::Summary),
                ("said_untyped", MetricType::Untyped),
                ("undeclared", MetricType::Undeclared),
            ]
        );
    }

    #[test]
    fn help_is_unescaped() {
        let page = text_page();
        let help = family(&page, "http_requests_total").help.as_deref();
        assert_eq!(help, Some("Requests, with a \\ and a\nnewline."));
    }

    #[test]
    fn a_help_line_without_text_is_an_empty_help() {
        let page = Page::parse(TEXT, "# HELP a\na 1\n").unwrap();
        assert_eq!(family(&page, "a").help.as_deref(), Some(""));
    }

    #[test]
    fn a_value_is_found_by_its_exact_labels() {
        let labels = [("path", "/items/{id}"), ("method", "GET")];
        assert_eq!(text_page().value("http_requests_total", &labels), Some(3.0));
    }

    #[test]
    fn a_value_is_not_found_by_some_of_its_labels() {
        assert_eq!(text_page().value("http_requests_total", &[("method", "GET")]), None);
    }

    #[test]
    fn a_sum_takes_every_series_with_the_labels() {
        let page = text_page();
        assert_eq!(page.sum("http_requests_total", &[]), 5.0);
        assert_eq!(page.sum("http_requests_total", &[("method", "GET")]), 3.0);
        assert_eq!(page.sum("http_requests_total", &[("method", "PUT")]), 0.0);
    }

    #[test]
    fn series_are_found_by_the_name_of_the_sample() {
        let page = text_page();
        assert_eq!(page.series("request_seconds_bucket").count(), 2);
        assert_eq!(page.value("request_seconds_count", &[]), Some(2.0));
    }

    #[test]
    fn timestamps_are_seconds_in_both_formats() {
        let page = text_page();
        let sample = page.matching("http_requests_total", &[("method", "POST")]).next().unwrap();
        assert_eq!(sample.timestamp, Some(1_700_000_000.5));
        let page = openmetrics_page();
        assert_eq!(page.series("jobs_total").next().unwrap().timestamp, Some(1_700_000_000.5));
    }

    #[test]
    fn label_values_are_unescaped() {
        let page = Page::parse(TEXT, "a{b=\"\\\\n\\n\\\"\"} 1\n").unwrap();
        assert_eq!(page.samples().next().unwrap().label("b"), Some("\\n\n\""));
    }

    #[test]
    fn the_lines_of_a_family_are_those_of_the_page() {
        let page = text_page();
        let lines: Vec<&str> = family(&page, "cart_sessions_active").lines().collect();
        assert_eq!(lines, ["# TYPE cart_sessions_active gauge", "cart_sessions_active -1.5"]);
    }

    #[test]
    fn a_sample_knows_its_line() {
        let page = text_page();
        assert_eq!(page.series("cart_sessions_active").next().unwrap().line_number, 8);
    }

    #[test]
    fn blanks_between_tokens_do_not_matter() {
        let page = Page::parse(TEXT, "  \n\t#  TYPE\ta  gauge \n a\t{ b = \"c\" , } \t1  -5 \n").unwrap();
        assert_eq!(page.value("a", &[("b", "c")]), Some(1.0));
    }

    #[test]
    fn prometheus_numbers_are_read() {
        let page = Page::parse(TEXT, "a 1e-3\nb +Inf\nc -Inf\nd .5\n").unwrap();
        let values: Vec<f64> = page.samples().map(|sample| sample.value).collect();
        assert_eq!(values, [0.001, f64::INFINITY, f64::NEG_INFINITY, 0.5]);
    }

    #[test]
    fn an_empty_page_has_no_families() {
        assert_eq!(Page::parse(TEXT, "").unwrap().families, []);
    }

    #[test]
    fn openmetrics_families_are_named_as_their_samples() {
        let page = openmetrics_page();
        let names: Vec<&str> = page.families.iter().map(|family| family.name.as_str()).collect();
        assert_eq!(names, ["http_requests_total", "cart_sessions_active", "request_seconds", "jobs_total", "app_info"]);
    }

    #[test]
    fn openmetrics_units_are_read() {
        assert_eq!(family(&openmetrics_page(), "request_seconds").unit.as_deref(), Some("seconds"));
    }

    #[test]
    fn openmetrics_created_samples_belong_to_their_counter() {
        let page = openmetrics_page();
        assert_eq!(family(&page, "jobs_total").samples.len(), 2);
        assert_eq!(page.sum("jobs_total", &[]), 1.0);
    }

    #[test]
    fn openmetrics_keeps_the_backslash_of_an_unknown_escape() {
        let page = openmetrics_page();
        assert_eq!(family(&page, "http_requests_total").help.as_deref(), Some("Requests with \\ back \"quote\"."));
    }

    #[test]
    fn openmetrics_takes_every_type() {
        let page = "# TYPE a stateset\na{a=\"x\"} 1\n# TYPE b gaugehistogram\nb_bucket{le=\"+Inf\"} 1\nb_gsum 1\n\
                    b_gcount 1\n# TYPE c unknown\nc 1\n# EOF";
        assert_eq!(Page::parse(OPENMETRICS, page).unwrap().families.len(), 3);
    }
}

mod lines {
    use super::*;

    #[test]
    fn the_last_line_needs_a_newline() {
        assert_eq!(violation("a 1"), Violation::NoLastNewline);
    }

    #[test]
    fn carriage_returns_are_refused() {
        assert_eq!(violation("a 1\r\n"), Violation::CarriageReturn);
    }

    #[test]
    fn invalid_metric_names_are_refused() {
        for name in ["http-requests", "1a", "ä", "a.b", "\u{feff}a"] {
            assert_eq!(violation(&format!("{name} 1\n")), Violation::MetricName(name.to_owned()));
            assert_eq!(violation(&format!("# HELP {name} x\n")), Violation::MetricName(name.to_owned()));
        }
    }

    #[test]
    fn invalid_label_names_are_refused() {
        for name in ["status-code", "1a", "a:b", "ä"] {
            assert_eq!(violation(&format!("a{{{name}=\"x\"}} 1\n")), Violation::LabelName(name.to_owned()));
        }
    }

    #[test]
    fn label_names_of_prometheus_are_refused() {
        assert_eq!(violation("a{__name__=\"b\"} 1\n"), Violation::ReservedLabelName("__name__".to_owned()));
    }

    #[test]
    fn a_label_twice_is_refused() {
        assert_eq!(violation("a{b=\"1\",b=\"2\"} 1\n"), Violation::DuplicateLabel("b".to_owned()));
    }

    #[test]
    fn an_unclosed_label_value_is_refused() {
        for line in ["a{b=\"c} 1\n", "a{b=\"c\\\"} 1\n"] {
            assert_eq!(violation(line), Violation::UnclosedLabelValue, "{line}");
        }
    }

    #[test]
    fn unknown_escapes_are_refused() {
        assert_eq!(violation("a{b=\"\\t\"} 1\n"), Violation::Escape("\\t".to_owned()));
        assert_eq!(violation("# HELP a C:\\dir\n"), Violation::Escape("\\d".to_owned()));
        assert_eq!(violation("# HELP a \\\n"), Violation::Escape("\\".to_owned()));
    }

    #[test]
    fn broken_label_lists_are_refused() {
        for line in
            ["a{b} 1\n", "a{b=c} 1\n", "a{b=\"c\"d=\"e\"} 1\n", "a{,} 1\n", "a{b=\"c\",,} 1\n", "a{b=\"c\" 1\n", "a{\n"]
        {
            assert!(matches!(violation(line), Violation::Unexpected { .. }), "{line}");
        }
    }

    #[test]
    fn a_value_must_be_a_number() {
        for value in ["x", "1,5", "0x10", "1_000", "-NaN", ""] {
            assert_eq!(violation(&format!("a {value}\n")), Violation::Value(value.to_owned()));
        }
    }

    #[test]
    fn a_timestamp_must_be_whole_milliseconds() {
        assert_eq!(violation("a 1 1.5\n"), Violation::Timestamp("1.5".to_owned()));
    }

    #[test]
    fn nothing_may_follow_the_timestamp() {
        assert!(matches!(violation("a 1 2 3\n"), Violation::Unexpected { .. }));
    }

    #[test]
    fn exemplars_are_refused_in_the_text_format() {
        assert_eq!(violation("a_total 1 # {b=\"c\"} 1\n"), Violation::Exemplar);
    }

    #[test]
    fn unknown_types_are_refused() {
        for found in ["Counter", "info", "", "gauge gauge"] {
            let page = format!("# TYPE a {found}\n");
            assert!(matches!(violation(&page), Violation::UnknownType { found: seen, .. } if seen == found), "{page}");
        }
    }
}

mod openmetrics_lines {
    use super::*;

    #[test]
    fn the_end_mark_is_required() {
        for page in ["", "# TYPE a gauge\na 1\n"] {
            assert_eq!(violation_as(OPENMETRICS, page), Violation::MissingEof, "{page}");
        }
    }

    #[test]
    fn nothing_may_follow_the_end_mark() {
        assert_eq!(violation_as(OPENMETRICS, "# EOF\na 1\n"), Violation::AfterEof);
    }

    #[test]
    fn empty_lines_and_comments_are_refused() {
        assert_eq!(violation_as(OPENMETRICS, "\n# EOF\n"), Violation::EmptyLine);
        assert_eq!(violation_as(OPENMETRICS, "# hello\n# EOF\n"), Violation::Comment);
    }

    #[test]
    fn tokens_are_one_space_apart() {
        for line in ["a  1", "a\t1", "a {b=\"c\"} 1", "a{b=\"c\"}1", "a{ b=\"c\"} 1", "a{b=\"c\",} 1", " a 1", "a 1 "] {
            assert!(Page::parse(OPENMETRICS, &format!("{line}\n# EOF\n")).is_err(), "{line}");
        }
    }

    #[test]
    fn the_unit_must_end_the_name() {
        let violation = violation_as(OPENMETRICS, "# UNIT a seconds\n# EOF\n");
        assert!(matches!(violation, Violation::UnitNotInName { .. }), "{violation}");
    }

    #[test]
    fn a_gauge_has_no_exemplar() {
        let page = "# TYPE a gauge\na 1 # {b=\"c\"} 1\n# EOF\n";
        assert_eq!(violation_as(OPENMETRICS, page), Violation::Exemplar);
    }

    #[test]
    fn a_counter_sample_needs_total() {
        let page = "# TYPE a_total counter\na_total 1\n# EOF\n";
        assert!(matches!(violation_as(OPENMETRICS, page), Violation::SampleName { .. }));
    }
}

mod families {
    use super::*;

    #[test]
    fn a_series_twice_is_refused() {
        for page in ["a 1\na 2\n", "a{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 1\n", "a 1\na{b=\"\"} 1\n"] {
            assert_eq!(violation(page), Violation::DuplicateSeries, "{page}");
        }
    }

    #[test]
    fn a_split_family_is_refused() {
        for page in [
            "a{b=\"1\"} 1\nc 1\na{b=\"2\"} 1\n",
            "# TYPE a gauge\na{b=\"1\"} 1\nc 1\n# TYPE a gauge\n",
            "# TYPE a summary\na_sum 1\nc 1\na_count 1\n",
            "# HELP a x\n# HELP b x\n# TYPE a gauge\n",
        ] {
            assert_eq!(violation(page), Violation::SplitFamily("a".to_owned()), "{page}");
        }
    }

    #[test]
    fn metadata_below_samples_is_refused() {
        for page in ["a 1\n# TYPE a gauge\n", "a 1\n# HELP a x\n"] {
            assert_eq!(violation(page), Violation::MetadataAfterSamples("a".to_owned()), "{page}");
        }
    }

    #[test]
    fn metadata_twice_is_refused() {
        for page in ["# TYPE a gauge\n# TYPE a gauge\n", "# HELP a x\n# TYPE a gauge\n# HELP a x\n"] {
            assert!(matches!(violation(page), Violation::DuplicateMetadata { .. }), "{page}");
        }
    }

    #[test]
    fn a_plain_sample_of_a_histogram_is_refused() {
        let page = "# TYPE a histogram\na 1\n";
        assert!(matches!(violation(page), Violation::SampleName { .. }));
    }

    #[test]
    fn openmetrics_counters_need_its_content_type() {
        let page = "# TYPE a counter\na_total 1\n";
        assert_eq!(violation(page), Violation::OpenMetricsCounter("a".to_owned()));
    }

    #[test]
    fn a_counter_cannot_be_negative_or_nan() {
        for value in ["-1", "NaN"] {
            let page = format!("# TYPE a_total counter\na_total {value}\n");
            assert!(matches!(violation(&page), Violation::NotACount { .. }), "{page}");
        }
    }

    #[test]
    fn a_summary_sample_needs_a_quantile() {
        assert_eq!(violation("# TYPE a summary\na 1\n"), Violation::MissingQuantile);
    }

    #[test]
    fn a_quantile_is_within_0_and_1() {
        for quantile in ["99", "-0.1", "NaN", "p99", ""] {
            let page = format!("# TYPE a summary\na{{quantile=\"{quantile}\"}} 1\n");
            assert_eq!(violation(&page), Violation::InvalidQuantile(quantile.to_owned()));
        }
    }
}

mod histograms {
    use super::*;

    /// A histogram whose sum is 1 and whose count is 2.
    fn histogram(buckets: &[(&str, &str)]) -> String {
        let buckets: String = buckets.iter().map(|(le, count)| format!("a_bucket{{le=\"{le}\"}} {count}\n")).collect();
        format!("# TYPE a histogram\n{buckets}a_sum 1\na_count 2\n")
    }

    #[test]
    fn buckets_may_stand_in_any_order() {
        let page = histogram(&[("+Inf", "2"), ("10", "2"), ("9", "1")]);
        assert!(Page::parse(TEXT, &page).is_ok());
    }

    #[test]
    fn the_inf_bucket_is_required() {
        for buckets in [&[][..], &[("1", "2")]] {
            assert_eq!(violation(&histogram(buckets)), Violation::MissingInfBucket);
        }
    }

    #[test]
    fn every_series_needs_its_own_inf_bucket() {
        let page = "# TYPE a histogram\na_bucket{b=\"1\",le=\"+Inf\"} 0\na_sum{b=\"1\"} 0\na_count{b=\"1\"} 0\n\
                    a_bucket{b=\"2\",le=\"1\"} 0\na_sum{b=\"2\"} 0\na_count{b=\"2\"} 0\n";
        assert_eq!(violation(page), Violation::MissingInfBucket);
    }

    #[test]
    fn buckets_are_cumulative() {
        let violation = violation(&histogram(&[("9", "1"), ("10", "0"), ("+Inf", "2")]));
        assert!(matches!(violation, Violation::ShrinkingBuckets { .. }), "{violation}");
    }

    #[test]
    fn a_bound_stands_once_however_it_is_written() {
        let violation = violation(&histogram(&[("1", "1"), ("1.0", "1"), ("+Inf", "2")]));
        assert_eq!(violation, Violation::DuplicateLe("1".to_owned()));
    }

    #[test]
    fn the_count_is_the_inf_bucket() {
        let violation = violation(&histogram(&[("+Inf", "3")]));
        assert!(matches!(violation, Violation::CountDiffers { .. }), "{violation}");
    }

    #[test]
    fn sum_and_count_are_required() {
        let bucket = "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\n";
        assert_eq!(violation(&format!("{bucket}a_count 1\n")), Violation::MissingSample("_sum"));
        assert_eq!(violation(&format!("{bucket}a_sum 1\n")), Violation::MissingSample("_count"));
    }

    #[test]
    fn a_bucket_needs_a_bound() {
        assert_eq!(violation("# TYPE a histogram\na_bucket 1\n"), Violation::MissingLe);
    }

    #[test]
    fn a_bound_is_a_number() {
        for le in ["x", "NaN", ""] {
            assert_eq!(violation(&histogram(&[(le, "1")])), Violation::InvalidLe(le.to_owned()));
        }
    }
}

mod messages {
    use super::*;

    #[test]
    fn a_message_shows_the_line_and_its_number() {
        let message = Page::parse(TEXT, "a 1\nb x\n").unwrap_err().to_string();
        let (first, rest) = message.split_once('\n').unwrap();
        assert!(first.starts_with("line 2: the value \"x\" is not a number"), "{message}");
        assert_eq!(rest, "    b x");
    }

    #[test]
    fn a_message_stays_short_when_the_line_is_long() {
        let message = Page::parse(TEXT, &format!("a {}\n", "ä".repeat(100_000))).unwrap_err().to_string();
        assert!(message.len() < 2_000, "{} bytes", message.len());
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// A family of the text format, as the test writes and expects it.
    #[derive(Debug, Clone)]
    struct Wanted {
        help: Option<String>,
        keyword: Option<&'static str>,
        series: std::collections::BTreeMap<String, f64>,
    }

    fn escaped(text: &str) -> String {
        text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
    }

    fn written(wanted: &[Wanted]) -> String {
        let mut page = String::new();
        for (index, family) in wanted.iter().enumerate() {
            let name = format!("metric_{index}_total");
            if let Some(help) = &family.help {
                page += &format!("# HELP {name} {}\n", escaped(help));
            }
            if let Some(keyword) = family.keyword {
                page += &format!("# TYPE {name} {keyword}\n");
            }
            for (label, value) in &family.series {
                page += &format!("{name}{{label=\"{}\"}} {value}\n", escaped(label));
            }
        }
        page
    }

    fn families() -> impl Strategy<Value = Vec<Wanted>> {
        let family = (
            // The blanks around a help text don't count, so it has none.
            proptest::option::of("[^ \t\r]{1,20}"),
            proptest::option::of(proptest::sample::select(vec!["counter", "gauge", "untyped"])),
            proptest::collection::btree_map(".{1,20}", 0.0..f64::MAX, 0..5),
        );
        let wanted = family.prop_map(|(help, keyword, series)| Wanted { help, keyword, series });
        proptest::collection::vec(wanted, 0..5)
    }

    /// Text that looks like a page, but mostly is none.
    fn nearly_a_page() -> impl Strategy<Value = String> {
        let pieces = vec![
            "# HELP ",
            "# TYPE ",
            "# UNIT ",
            "# EOF\n",
            "a",
            "a_total",
            "a_bucket",
            "a_sum",
            "a_count",
            " counter\n",
            " histogram\n",
            " summary\n",
            "{",
            "}",
            "le=\"",
            "quantile=\"",
            "\"",
            "\\",
            ",",
            " ",
            "\n",
            "1",
            "+Inf",
            "NaN",
            "# {",
            "\t",
            "ä",
            "\r\n",
        ];
        proptest::collection::vec(proptest::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(?s).*", content_type in ".*") {
            let _ = Page::parse(&content_type, &text);
            let _ = Page::parse(TEXT, &text);
            let _ = Page::parse(OPENMETRICS, &text);
        }

        #[test]
        fn text_that_looks_like_a_page_never_panics(text in nearly_a_page()) {
            for content_type in [TEXT, OPENMETRICS] {
                if let Err(error) = Page::parse(content_type, &text) {
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }

        #[test]
        fn a_page_with_one_character_changed_never_panics(at in 0..TEXT_PAGE.len(), c in any::<char>()) {
            let mut page: Vec<char> = TEXT_PAGE.chars().collect();
            page[at] = c;
            let _ = Page::parse(TEXT, &page.into_iter().collect::<String>());
        }

        #[test]
        fn a_written_page_reads_back(wanted in families()) {
            let page = Page::parse(TEXT, &written(&wanted)).unwrap();
            for (index, family) in wanted.iter().enumerate() {
                let name = format!("metric_{index}_total");
                let found = page.family(&name);
                let metadata = found.map(|found| (found.help.clone(), found.metric_type.to_string()));
                let series = page.series(&name).map(|sample| (sample.label("label").unwrap().to_owned(), sample.value));
                if !(family.help.is_none() && family.keyword.is_none() && family.series.is_empty()) {
                    let keyword = family.keyword.unwrap_or("undeclared").to_owned();
                    prop_assert_eq!(metadata, Some((family.help.clone(), keyword)));
                }
                prop_assert_eq!(series.collect::<std::collections::BTreeMap<_, _>>(), family.series.clone());
            }
        }

        #[test]
        fn the_lines_of_a_page_make_the_same_page(wanted in families()) {
            let page = Page::parse(TEXT, &written(&wanted)).unwrap();
            let lines: String = page.families.iter().flat_map(Family::lines).map(|line| format!("{line}\n")).collect();
            prop_assert_eq!(Page::parse(TEXT, &lines).unwrap(), page);
        }
    }
}
