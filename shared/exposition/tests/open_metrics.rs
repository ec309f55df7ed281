//! Documents of every kind that the test suite of OpenMetrics and the one of Prometheus's Python client have, in words of
//! our own, each judged as they judge it.
//!
//! Sources: <https://github.com/prometheus/OpenMetrics>, `tests/testdata/parsers`, and
//! <https://github.com/prometheus/client_python>, `tests/openmetrics/test_parser.py`. The verdicts on our documents were
//! compared with those of `prometheus_client` 0.26.

use exposition::Page;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What each document shows, and the document. `{127}` stands for as many wide letters, `{128}` for as many narrow ones.
type Document = (&'static str, &'static str);

fn is_accepted(document: &str) -> bool {
    let document = document.replace("{127}", &"\u{df}".repeat(127)).replace("{128}", &"a".repeat(128));
    Page::parse(OPEN_METRICS, &document).is_ok()
}

#[test]
fn documents_that_the_suites_accept_are_accepted() {
    let refused: Vec<_> = ACCEPTED.iter().filter(|(_, document)| !is_accepted(document)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn documents_that_the_suites_refuse_are_refused() {
    let accepted: Vec<_> = REFUSED.iter().filter(|(_, document)| is_accepted(document)).collect();
    assert!(accepted.is_empty(), "{accepted:#?}");
}

/// Each stands here with its reason: the suites accept it, and this course does not.
#[test]
fn documents_that_are_judged_otherwise_have_a_reason() {
    for (reason, document) in OTHERWISE {
        assert!(!is_accepted(document), "accepted, so that it needs no reason any more: {reason}\n{document}");
    }
}

const OTHERWISE: &[Document] = &[
    (
        "Names in quotes are legal since Prometheus 3. Each query and rule that meets one has to quote it: not in this course.",
        "# TYPE \"kettle.celsius\" gauge\n\
         {\"kettle.celsius\"} 1\n\
         # EOF\n",
    ),
    ("The same of label names.", "kettle{\"tea.kind\"=\"black\"} 1\n# EOF\n"),
    (
        "Label names that begin with `__` are Prometheus's own: it drops or overwrites them.",
        "kettle{__name=\"a\"} 1\n\
         # EOF\n",
    ),
];

const ACCEPTED: &[Document] = &[
    ("a counter", "# HELP tea_cups Cups that were drunk.\n# TYPE tea_cups counter\ntea_cups_total 12\n# EOF\n"),
    (
        "a counter beyond the whole numbers of a float",
        "# TYPE tea_cups counter\n\
         tea_cups_total 9223372036854775809\n\
         # EOF\n",
    ),
    (
        "a counter with the time of its creation",
        "# TYPE tea_cups counter\n\
         tea_cups_total 3\n\
         tea_cups_created 1700000000.25\n\
         # EOF\n",
    ),
    ("a counter without an end", "# TYPE tea_cups counter\ntea_cups_total +Inf\n# EOF\n"),
    ("a gauge", "# TYPE kettle_celsius gauge\nkettle_celsius 99.5\n# EOF\n"),
    ("a gauge below zero", "# TYPE kettle_celsius gauge\nkettle_celsius -Inf\n# EOF\n"),
    (
        "a unit",
        "# TYPE kettle_celsius gauge\n\
         # UNIT kettle_celsius celsius\n\
         # HELP kettle_celsius How hot.\n\
         kettle_celsius 20\n\
         # EOF\n",
    ),
    ("an empty unit", "# TYPE kettle gauge\n# UNIT kettle \nkettle 20\n# EOF\n"),
    ("an empty help text", "# TYPE kettle gauge\n# HELP kettle \nkettle 20\n# EOF\n"),
    (
        "a summary of sum and count",
        "# TYPE brew_seconds summary\n\
         brew_seconds_count 2\n\
         brew_seconds_sum 361.5\n\
         # EOF\n",
    ),
    (
        "a summary with quantiles",
        "# TYPE brew_seconds summary\n\
         brew_seconds_count 2\n\
         brew_seconds_sum 361.5\n\
         brew_seconds{quantile=\"0.5\"} 180.5\n\
         brew_seconds{quantile=\"0.99\"} NaN\n\
         # EOF\n",
    ),
    (
        "a histogram",
        "# TYPE brew_seconds histogram\n\
         brew_seconds_bucket{le=\"60.0\"} 1\n\
         brew_seconds_bucket{le=\"+Inf\"} 2\n\
         brew_seconds_count 2\n\
         brew_seconds_sum 361.5\n\
         # EOF\n",
    ),
    (
        "a histogram of buckets alone",
        "# TYPE brew_seconds histogram\n\
         brew_seconds_bucket{le=\"60.0\"} 1\n\
         brew_seconds_bucket{le=\"+Inf\"} 2\n\
         # EOF\n",
    ),
    (
        "a histogram with observations below zero has no sum",
        "# TYPE kettle_celsius histogram\n\
         kettle_celsius_bucket{le=\"-5.0\"} 0\n\
         kettle_celsius_bucket{le=\"+Inf\"} 2\n\
         # EOF\n",
    ),
    (
        "a gauge histogram",
        "# TYPE queue_seconds gaugehistogram\n\
         queue_seconds_bucket{le=\"1.0\"} 4\n\
         queue_seconds_bucket{le=\"+Inf\"} 5\n\
         queue_seconds_gcount 5\n\
         queue_seconds_gsum 7.5\n\
         # EOF\n",
    ),
    (
        "a gauge histogram with observations below zero",
        "# TYPE drift_seconds gaugehistogram\n\
         drift_seconds_bucket{le=\"-1.0\"} 4\n\
         drift_seconds_bucket{le=\"+Inf\"} 5\n\
         drift_seconds_gcount 5\n\
         drift_seconds_gsum -7.5\n\
         # EOF\n",
    ),
    ("an info metric", "# TYPE kettle info\nkettle_info{colour=\"red\"} 1\n# EOF\n"),
    (
        "a state set",
        "# TYPE kettle_state stateset\n\
         kettle_state{kettle_state=\"on\"} 1\n\
         kettle_state{kettle_state=\"off\"} 0\n\
         # EOF\n",
    ),
    ("an unknown type", "# TYPE kettle unknown\nkettle 1\n# EOF\n"),
    ("no metadata", "kettle 1\n# EOF\n"),
    ("metadata alone", "# TYPE kettle gauge\n# HELP kettle Nothing yet.\n# EOF\n"),
    ("an empty page", "# EOF\n"),
    (
        "an exemplar of a bucket",
        "# TYPE brew_seconds histogram\n\
         brew_seconds_bucket{le=\"60.0\"} 1 # {trace=\"a1\"} 12.5\n\
         brew_seconds_bucket{le=\"+Inf\"} 2 # {trace=\"b2\"} 99 1700000000.5\n\
         # EOF\n",
    ),
    ("an exemplar of a counter", "# TYPE tea_cups counter\ntea_cups_total 3 1700000000 # {trace=\"a1\"} 1\n# EOF\n"),
    (
        "an exemplar of exactly 128 letters, some of them wide",
        "# TYPE tea_cups counter\n\
         tea_cups_total 3 # {t=\"{127}\"} 1\n\
         # EOF\n",
    ),
    (
        "an exemplar of a gauge histogram's bucket",
        "# TYPE queue_seconds gaugehistogram\n\
         queue_seconds_bucket{le=\"+Inf\"} 5 # {trace=\"a1\"} 0.5\n\
         # EOF\n",
    ),
    (
        "a mark of comments in a label value",
        "# TYPE tea_cups counter\n\
         tea_cups_total{kind=\"} # {black}\"} 3\n\
         # EOF\n",
    ),
    ("curly braces in a label value", "# TYPE tea_cups counter\ntea_cups_total{kind=\"{black}\"} 3\n# EOF\n"),
    ("empty braces", "# TYPE tea_cups counter\ntea_cups_total{} 3\n# EOF\n"),
    (
        "an empty label beside another one",
        "# TYPE tea_cups counter\n\
         tea_cups_total{kind=\"black\"} 3\n\
         tea_cups_total{kind=\"\"} 4\n\
         # EOF\n",
    ),
    ("escapes in a label value", "# TYPE tea_cups counter\ntea_cups_total{kind=\"a\\\\b\\\"c\\nd\"} 3\n# EOF\n"),
    (
        "a backslash before another letter in a label value",
        "# TYPE tea_cups counter\n\
         tea_cups_total{kind=\"\\earl\\grey\"} 3\n\
         # EOF\n",
    ),
    (
        "a backslash before another letter, and at the end, in a help text",
        "# HELP kettle C:\\kettle\\\n\
         # TYPE kettle gauge\n\
         kettle 1\n\
         # EOF\n",
    ),
    (
        "timestamps in seconds",
        "# TYPE kettle gauge\n\
         kettle{n=\"1\"} 1 0\n\
         kettle{n=\"2\"} 1 1.5e3\n\
         kettle{n=\"3\"} 1 -1\n\
         kettle{n=\"4\"} 1 12345678901234567890.25\n\
         # EOF\n",
    ),
    (
        "several points of one series, one later than the other",
        "# TYPE kettle gauge\n\
         kettle 1 1700000000\n\
         kettle 2 1700000000.5\n\
         kettle 3 1700000001\n\
         # EOF\n",
    ),
    ("two points within a nanosecond", "# TYPE kettle gauge\nkettle 1 0.0000000000\nkettle 2 0.0000000001\n# EOF\n"),
    ("no newline after the end", "kettle 1\n# EOF"),
    ("names with colons", "# TYPE a:kettle gauge\na:kettle 1\n# EOF\n"),
    ("an untyped sample that is not a number", "kettle NaN\n# EOF\n"),
    (
        "several families",
        "# TYPE a gauge\n\
         a 1\n\
         # TYPE b counter\n\
         b_total 1\n\
         # TYPE c summary\n\
         c_count 0\n\
         c_sum 0\n\
         # EOF\n",
    ),
    (
        "a family that is called as a histogram's sum, beside a gauge histogram",
        "# TYPE q gaugehistogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_sum 1\n\
         # EOF\n",
    ),
];

const REFUSED: &[Document] = &[
    ("nothing at all", ""),
    ("no end", "kettle 1\n"),
    ("text after the end", "kettle 1\n# EOF\nkettle 2\n"),
    ("an end with something behind it", "kettle 1\n# EOF.\n"),
    ("a blank line", "kettle 1\n\n# EOF\n"),
    ("a comment", "# How hot it is.\nkettle 1\n# EOF\n"),
    ("an unknown keyword", "# NOTE kettle hot\n# EOF\n"),
    ("a label value without quotes", "kettle{n=1} 1\n# EOF\n"),
    ("a label value in single quotes", "kettle{n='1'} 1\n# EOF\n"),
    ("a label value that is not closed", "kettle{n=\"1} 1\n# EOF\n"),
    ("a label without a value", "kettle{n} 1\n# EOF\n"),
    ("a label without an equals sign", "kettle{n\"1\"} 1\n# EOF\n"),
    ("a label with nothing behind the equals sign", "kettle{n=} 1\n# EOF\n"),
    ("no comma between labels", "kettle{n=\"1\"m=\"2\"} 1\n# EOF\n"),
    ("two commas between labels", "kettle{n=\"1\",,m=\"2\"} 1\n# EOF\n"),
    ("a comma behind the last label", "kettle{n=\"1\",} 1\n# EOF\n"),
    ("a comma before the first label", "kettle{,n=\"1\"} 1\n# EOF\n"),
    ("a label name with a digit in front", "kettle{1n=\"1\"} 1\n# EOF\n"),
    ("a label twice", "kettle{n=\"1\",n=\"2\"} 1\n# EOF\n"),
    ("words between labels and value", "kettle{n=\"1\"x} 1\n# EOF\n"),
    ("no space before the value", "kettle{n=\"1\"}1\n# EOF\n"),
    ("no value", "kettle\n# EOF\n"),
    ("no value behind a space", "kettle \n# EOF\n"),
    ("HELP without a name", "# HELP\n# EOF\n"),
    ("HELP without a text", "# HELP kettle\n# EOF\n"),
    ("HELP with a tab", "# HELP kettle\t\n# EOF\n"),
    ("a space before HELP", " # HELP kettle hot\n# EOF\n"),
    ("TYPE without a name", "# TYPE\n# EOF\n"),
    ("TYPE without a type", "# TYPE kettle\n# EOF\n"),
    ("TYPE with a tab", "# TYPE kettle\t\n# EOF\n"),
    ("an unheard-of type", "# TYPE kettle thermometer\n# EOF\n"),
    ("a space behind the type", "# TYPE kettle gauge \n# EOF\n"),
    ("the text format's name of no type", "# TYPE kettle untyped\n# EOF\n"),
    ("a type in capitals", "# TYPE kettle Gauge\n# EOF\n"),
    ("UNIT without a name", "# UNIT\n# EOF\n"),
    ("UNIT without a unit", "# UNIT kettle\n# EOF\n"),
    ("a unit that is not in the name", "# UNIT kettle celsius\n# EOF\n"),
    ("a space behind the unit", "# UNIT kettle_celsius celsius \n# EOF\n"),
    ("a unit of an info metric", "# TYPE kettle_celsius info\n# UNIT kettle_celsius celsius\n# EOF\n"),
    ("a unit of a state set", "# TYPE kettle_celsius stateset\n# UNIT kettle_celsius celsius\n# EOF\n"),
    ("TYPE below samples", "# HELP kettle hot\nkettle 1\n# TYPE kettle gauge\n# EOF\n"),
    ("HELP below samples", "# TYPE kettle gauge\nkettle 1\n# HELP kettle hot\n# EOF\n"),
    ("UNIT below samples", "# TYPE kettle_celsius gauge\nkettle_celsius 1\n# UNIT kettle_celsius celsius\n# EOF\n"),
    ("HELP twice", "# HELP kettle hot\n# HELP kettle hot\n# EOF\n"),
    ("TYPE twice", "# TYPE kettle gauge\n# TYPE kettle gauge\n# EOF\n"),
    ("UNIT twice", "# UNIT kettle_celsius celsius\n# UNIT kettle_celsius celsius\n# EOF\n"),
    ("two types", "# TYPE kettle info\n# TYPE kettle counter\n# EOF\n"),
    ("a name with a digit in front", "1kettle 1\n# EOF\n"),
    ("a name with a dot", "kettle.celsius 1\n# EOF\n"),
    ("a name with a hyphen", "kettle-celsius 1\n# EOF\n"),
    ("a value in words", "kettle hot\n# EOF\n"),
    ("two spaces before the value", "kettle  1\n# EOF\n"),
    ("a tab behind the value", "kettle 1\t\n# EOF\n"),
    ("a space behind the value", "kettle 1 \n# EOF\n"),
    ("a value with an underscore", "kettle 1_000\n# EOF\n"),
    ("a hexadecimal value", "kettle 0x10\n# EOF\n"),
    ("a hexadecimal value with an exponent", "kettle 0x1p4\n# EOF\n"),
    ("a binary value", "kettle 0b11\n# EOF\n"),
    ("an octal value", "kettle 0o17\n# EOF\n"),
    ("a timestamp in words", "kettle 1 now\n# EOF\n"),
    ("a timestamp with words behind it", "kettle 1 17s\n# EOF\n"),
    ("a timestamp with two points", "kettle 1 1.2.3\n# EOF\n"),
    ("a timestamp with an underscore", "kettle 1 1_2\n# EOF\n"),
    ("a timestamp that is no number", "kettle 1 NaN\n# EOF\n"),
    ("a timestamp without an end", "kettle 1 +Inf\n# EOF\n"),
    ("a timestamp before all time", "kettle 1 -Inf\n# EOF\n"),
    ("a hexadecimal timestamp", "kettle 1 0x1p4\n# EOF\n"),
    ("an exemplar without anything", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1 #\n# EOF\n"),
    ("an exemplar without a space before it", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1# {} 1\n# EOF\n"),
    ("an exemplar without a space in it", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1 #{} 1\n# EOF\n"),
    ("an exemplar without a space before its value", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1 # {}1\n# EOF\n"),
    ("a space behind an exemplar", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1 # {} 1 \n# EOF\n"),
    ("a space behind an exemplar's timestamp", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1 # {} 1 1 \n# EOF\n"),
    ("an exemplar without a value", "# TYPE q counter\nq_total 1 # {t=\"a\"}\n# EOF\n"),
    ("an exemplar without a brace", "# TYPE q counter\nq_total 1 # t=\"a\"} 1\n# EOF\n"),
    ("an exemplar with a hexadecimal value", "# TYPE q counter\nq_total 1 # {} 0x1p4\n# EOF\n"),
    ("an exemplar whose timestamp is no number", "# TYPE q counter\nq_total 1 # {} 1 NaN\n# EOF\n"),
    ("an exemplar whose timestamp has no end", "# TYPE q counter\nq_total 1 # {} 1 +Inf\n# EOF\n"),
    ("an exemplar of more than 128 letters", "# TYPE q counter\nq_total 1 # {t=\"{128}\"} 1\n# EOF\n"),
    (
        "an exemplar on a sum",
        "# TYPE q histogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_count 1\n\
         q_sum 1 # {t=\"a\"} 1\n\
         # EOF\n",
    ),
    (
        "an exemplar on a count",
        "# TYPE q histogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_count 1 # {t=\"a\"} 1\n\
         q_sum 1\n\
         # EOF\n",
    ),
    ("an exemplar on a gauge that is called a bucket", "# TYPE q_bucket gauge\nq_bucket 1 # {t=\"a\"} 1\n# EOF\n"),
    ("an exemplar on a gauge that is called a total", "# TYPE q_total gauge\nq_total 1 # {t=\"a\"} 1\n# EOF\n"),
    ("an exemplar on the time of creation", "# TYPE q counter\nq_total 1\nq_created 1 # {t=\"a\"} 1\n# EOF\n"),
    ("an exemplar on a gauge", "# TYPE q gauge\nq 1 # {t=\"a\"} 1\n# EOF\n"),
    ("an exemplar on an info metric", "# TYPE q info\nq_info 1 # {t=\"a\"} 1\n# EOF\n"),
    ("an exemplar on a state", "# TYPE q stateset\nq{q=\"on\"} 1 # {t=\"a\"} 1\n# EOF\n"),
    ("an exemplar on a quantile", "# TYPE q summary\nq{quantile=\"0.5\"} 1 # {t=\"a\"} 1\n# EOF\n"),
    ("an info metric that is 2", "# TYPE q info\nq_info{a=\"b\"} 2\n# EOF\n"),
    ("an info metric that is 0", "# TYPE q info\nq_info{a=\"b\"} 0\n# EOF\n"),
    ("an info metric without its suffix", "# TYPE q info\nq 1\n# EOF\n"),
    ("a state that is 2", "# TYPE q stateset\nq{q=\"on\"} 2\n# EOF\n"),
    ("a state that is half", "# TYPE q stateset\nq{q=\"on\"} 0.5\n# EOF\n"),
    ("a state without its name", "# TYPE q stateset\nq 1\n# EOF\n"),
    ("a state with another label", "# TYPE q stateset\nq{state=\"on\"} 1\n# EOF\n"),
    ("a summary's own sample without a quantile", "# TYPE q summary\nq 0\n# EOF\n"),
    ("a quantile below 0", "# TYPE q summary\nq{quantile=\"-0.5\"} 0\n# EOF\n"),
    ("a quantile above 1", "# TYPE q summary\nq{quantile=\"99\"} 0\n# EOF\n"),
    ("a quantile in words", "# TYPE q summary\nq{quantile=\"median\"} 0\n# EOF\n"),
    ("a quantile that is no number", "# TYPE q summary\nq{quantile=\"NaN\"} 0\n# EOF\n"),
    ("a negative value of a quantile", "# TYPE q summary\nq{quantile=\"0.5\"} -1\n# EOF\n"),
    ("a bucket without a bound", "# TYPE q histogram\nq_bucket 0\n# EOF\n"),
    ("a bucket of a gauge histogram without a bound", "# TYPE q gaugehistogram\nq_bucket 0\n# EOF\n"),
    ("a bound that is no number", "# TYPE q histogram\nq_bucket{le=\"NaN\"} 0\nq_bucket{le=\"+Inf\"} 0\n# EOF\n"),
    ("a counter that is no number", "# TYPE q counter\nq_total NaN\n# EOF\n"),
    ("a counter below 0", "# TYPE q counter\nq_total -1\n# EOF\n"),
    ("a counter without its suffix", "# TYPE q counter\nq 1\n# EOF\n"),
    (
        "a histogram's sum that is no number",
        "# TYPE q histogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_count 1\n\
         q_sum NaN\n\
         # EOF\n",
    ),
    ("a histogram's sum below 0", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1\nq_count 1\nq_sum -1\n# EOF\n"),
    (
        "a histogram's count that is no number",
        "# TYPE q histogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_count NaN\n\
         q_sum 1\n\
         # EOF\n",
    ),
    ("a histogram's count below 0", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1\nq_count -1\nq_sum 1\n# EOF\n"),
    ("a bucket that is no number", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} NaN\n# EOF\n"),
    ("a bucket below 0", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} -1\n# EOF\n"),
    ("a bucket that is not whole", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1.5\n# EOF\n"),
    (
        "bucket and count that are not whole",
        "# TYPE q histogram\n\
         q_bucket{le=\"+Inf\"} 1.5\n\
         q_count 1.5\n\
         q_sum 1\n\
         # EOF\n",
    ),
    (
        "a sum beside a bucket below zero",
        "# TYPE q histogram\n\
         q_bucket{le=\"-1.0\"} 1\n\
         q_bucket{le=\"+Inf\"} 2\n\
         q_count 2\n\
         q_sum 5\n\
         # EOF\n",
    ),
    ("a gauge histogram's bucket that is no number", "# TYPE q gaugehistogram\nq_bucket{le=\"+Inf\"} NaN\n# EOF\n"),
    ("a gauge histogram's bucket below 0", "# TYPE q gaugehistogram\nq_bucket{le=\"+Inf\"} -1\n# EOF\n"),
    ("a gauge histogram's bucket that is not whole", "# TYPE q gaugehistogram\nq_bucket{le=\"+Inf\"} 0.5\n# EOF\n"),
    (
        "a gauge histogram's count below 0",
        "# TYPE q gaugehistogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_gcount -1\n\
         q_gsum 1\n\
         # EOF\n",
    ),
    (
        "a gauge histogram's sum that is no number",
        "# TYPE q gaugehistogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_gcount 1\n\
         q_gsum NaN\n\
         # EOF\n",
    ),
    (
        "a gauge histogram's sum below 0 without a bucket below 0",
        "# TYPE q gaugehistogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_gcount 1\n\
         q_gsum -1\n\
         # EOF\n",
    ),
    (
        "a gauge histogram's sum without a count",
        "# TYPE q gaugehistogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_gsum 1\n\
         # EOF\n",
    ),
    (
        "a gauge histogram's count without a sum",
        "# TYPE q gaugehistogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_gcount 1\n\
         # EOF\n",
    ),
    ("a gauge histogram's sum alone", "# TYPE q gaugehistogram\nq_gsum 1\n# EOF\n"),
    ("a gauge histogram without the last bucket", "# TYPE q gaugehistogram\nq_bucket{le=\"1.0\"} 1\n# EOF\n"),
    (
        "a gauge histogram whose count differs",
        "# TYPE q gaugehistogram\n\
         q_bucket{le=\"+Inf\"} 1\n\
         q_gcount 2\n\
         q_gsum 1\n\
         # EOF\n",
    ),
    ("a summary's sum that is no number", "# TYPE q summary\nq_count 1\nq_sum NaN\n# EOF\n"),
    ("a summary's sum below 0", "# TYPE q summary\nq_count 1\nq_sum -1\n# EOF\n"),
    ("a summary's count that is no number", "# TYPE q summary\nq_count NaN\nq_sum 1\n# EOF\n"),
    ("a summary's count below 0", "# TYPE q summary\nq_count -1\nq_sum 1\n# EOF\n"),
    ("a summary's count that is not whole", "# TYPE q summary\nq_count 0.5\nq_sum 1\n# EOF\n"),
    ("a histogram's sum alone", "# TYPE q histogram\nq_sum 1\n# EOF\n"),
    ("a histogram with a sum and no count", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1\nq_sum 1\n# EOF\n"),
    ("a histogram with a count and no sum", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1\nq_count 1\n# EOF\n"),
    ("a histogram without the last bucket", "# TYPE q histogram\nq_bucket{le=\"1.0\"} 1\n# EOF\n"),
    ("a histogram whose count differs", "# TYPE q histogram\nq_bucket{le=\"+Inf\"} 1\nq_count 2\nq_sum 1\n# EOF\n"),
    ("a last bucket in capitals", "# TYPE q histogram\nq_bucket{le=\"+INF\"} 1\n# EOF\n"),
    (
        "buckets in the wrong order",
        "# TYPE q histogram\n\
         q_bucket{le=\"2.0\"} 1\n\
         q_bucket{le=\"1.0\"} 1\n\
         q_bucket{le=\"+Inf\"} 1\n\
         # EOF\n",
    ),
    (
        "buckets that shrink",
        "# TYPE q histogram\n\
         q_bucket{le=\"1.0\"} 2\n\
         q_bucket{le=\"2.0\"} 2\n\
         q_bucket{le=\"+Inf\"} 1\n\
         # EOF\n",
    ),
    (
        "a bucket twice",
        "# TYPE q histogram\n\
         q_bucket{le=\"1.0\"} 1\n\
         q_bucket{le=\"1.00\"} 1\n\
         q_bucket{le=\"+Inf\"} 1\n\
         # EOF\n",
    ),
    (
        "series of one histogram interleaved",
        "# TYPE q histogram\n\
         q_bucket{a=\"1\",le=\"1.0\"} 0\n\
         q_bucket{a=\"2\",le=\"1.0\"} 0\n\
         q_bucket{a=\"1\",le=\"+Inf\"} 0\n\
         q_bucket{a=\"2\",le=\"+Inf\"} 0\n\
         # EOF\n",
    ),
    (
        "series of one gauge histogram interleaved",
        "# TYPE q gaugehistogram\n\
         q_bucket{a=\"1\",le=\"+Inf\"} 0\n\
         q_bucket{a=\"2\",le=\"+Inf\"} 0\n\
         q_gcount{a=\"1\"} 0\n\
         q_gsum{a=\"1\"} 0\n\
         # EOF\n",
    ),
    (
        "series of one summary interleaved",
        "# TYPE q summary\n\
         q_count{a=\"1\"} 0\n\
         q_count{a=\"2\"} 0\n\
         q_sum{a=\"1\"} 0\n\
         q_sum{a=\"2\"} 0\n\
         # EOF\n",
    ),
    (
        "series of one counter interleaved",
        "# TYPE q counter\n\
         q_total{a=\"1\"} 0\n\
         q_total{a=\"2\"} 0\n\
         q_created{a=\"1\"} 0\n\
         # EOF\n",
    ),
    ("another family between two samples", "# TYPE q summary\nq_count 0\nr 1\nq_sum 0\n# EOF\n"),
    ("timestamps that go backwards", "# TYPE q gauge\nq 1 1700000001\nq 2 1700000000\n# EOF\n"),
    ("timestamps that go backwards below 0", "# TYPE q gauge\nq 1 -1\nq 2 -1.5\n# EOF\n"),
    ("a point without a time before one with a time", "# TYPE q gauge\nq 1\nq 2 1700000000\n# EOF\n"),
    ("a point with a time before one without a time", "# TYPE q gauge\nq 1 1700000000\nq 2\n# EOF\n"),
    (
        "a family that is called as another's time of creation",
        "# TYPE q_created gauge\n\
         q_created 1\n\
         # TYPE q counter\n\
         q_total 1\n\
         # EOF\n",
    ),
    (
        "a family that is called as another's count",
        "# TYPE q summary\n\
         q_sum{a=\"1\"} 1\n\
         # TYPE q_count gauge\n\
         q_count{a=\"2\"} 1\n\
         # EOF\n",
    ),
    ("a family that is called as an info metric's sample", "# TYPE q info\n# TYPE q_info gauge\n# EOF\n"),
    ("a family that is called as a histogram's bucket", "# TYPE q_bucket counter\n# TYPE q histogram\n# EOF\n"),
];
