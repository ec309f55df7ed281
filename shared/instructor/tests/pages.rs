//! What two pages differ in, in words.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use checks::exposition::Page;
use instructor::pages::{Depth, Names, differences};

const NAMES: Names<'static> = Names { one: "yours", other: "the solution" };

/// What two pages differ in, a sentence per line.
fn says(one: &str, other: &str) -> String {
    compared(one, other, Depth::Values)
}

fn compared(one: &str, other: &str, depth: Depth) -> String {
    let [one, other] = [one, other].map(page);
    let lines = differences(&one, &other, NAMES, depth).into_iter().flat_map(|difference| {
        let families = difference.heading();
        difference.says.into_iter().map(move |sentence| format!("{families}: {sentence}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn page(text: &str) -> Page {
    Page::parse("text/plain; version=0.0.4", text).unwrap()
}

/// A family with a help text.
fn family(name: &str, metric_type: &str, samples: &str) -> String {
    format!("# HELP {name} Something.\n# TYPE {name} {metric_type}\n{samples}\n")
}

fn requests(samples: &str) -> String {
    family("http_requests_total", "counter", samples)
}

fn histogram(bounds: &[&str]) -> String {
    let name = "http_request_duration_seconds";
    let buckets = bounds.iter().map(|bound| format!("{name}_bucket{{le=\"{bound}\"}} 2\n"));
    let samples =
        format!("{}{name}_bucket{{le=\"+Inf\"}} 2\n{name}_sum 1\n{name}_count 2", buckets.collect::<String>());
    family(name, "histogram", &samples)
}

fn summary(quantiles: &[&str]) -> String {
    let name = "db_query_duration_seconds";
    let quantiles = quantiles.iter().map(|quantile| format!("{name}{{quantile=\"{quantile}\"}} 0.1\n"));
    family(name, "summary", &format!("{}{name}_sum 1\n{name}_count 2", quantiles.collect::<String>()))
}

#[test]
fn the_same_page_in_another_order_differs_in_nothing() {
    let [one, other] = [requests("http_requests_total{a=\"1\"} 1\nhttp_requests_total{a=\"2\"} 2"), summary(&["0.5"])];
    let turned = requests("http_requests_total{a=\"2\"} 2\nhttp_requests_total{a=\"1\"} 1");
    assert_eq!(says(&format!("{one}{other}"), &format!("{other}{turned}")), "");
}

#[test]
fn the_words_of_a_help_text_are_free() {
    assert_eq!(
        says("# HELP a_total One.\n# TYPE a_total counter\na_total 1\n", &family("a_total", "counter", "a_total 1")),
        ""
    );
}

#[test]
fn what_the_machine_decides_is_no_difference() {
    let page = |value: &str, os: &str| {
        let info = family("app_info", "gauge", &format!("app_info{{os=\"{os}\"}} 1"));
        let memory = family("app_memory_bytes", "gauge", &format!("app_memory_bytes {value}"));
        let process = family("process_open_fds", "gauge", &format!("process_open_fds {value}"));
        let other = family("queue_wait_seconds", "gauge", &format!("queue_wait_seconds {value}"));
        format!("{info}{memory}{process}{other}")
    };
    assert_eq!(says(&page("1", "linux"), &page("2", "macos")), "");
}

#[test]
fn an_empty_label_is_none() {
    assert_eq!(says(&requests("http_requests_total{a=\"\"} 1"), &requests("http_requests_total 1")), "");
}

#[test]
fn a_family_that_is_missing_is_named_with_its_type_and_its_series() {
    let other = requests("http_requests_total{a=\"1\"} 1\nhttp_requests_total{a=\"2\"} 2");
    assert_eq!(says("", &other), "http_requests_total: yours lacks this counter, with 2 series");
}

#[test]
fn a_family_of_ones_own_is_named_too() {
    let one = family("greetings_total", "counter", "greetings_total 1");
    assert_eq!(says(&one, ""), "greetings_total: only yours has this counter, with 1 series");
}

#[test]
fn a_family_with_nearly_the_same_name_is_taken_for_the_same() {
    let one = family("http_requests", "counter", "http_requests 1");
    assert_eq!(
        says(&one, &requests("http_requests_total 1")),
        "http_requests_total: yours leaves `_total` out at the end of the name"
    );
}

#[test]
fn a_family_with_a_letter_missing_is_taken_for_the_same() {
    let one = family("http_request_total", "counter", "http_request_total 1");
    assert_eq!(
        says(&one, &requests("http_requests_total 1")),
        "http_requests_total: yours seems to call it `http_request_total`"
    );
}

#[test]
fn another_type_under_the_same_name_is_told() {
    let one = family("http_requests_total", "gauge", "http_requests_total 1");
    assert_eq!(
        says(&one, &requests("http_requests_total 1")),
        "http_requests_total: the same name, but yours is a gauge instead of a counter"
    );
}

#[test]
fn another_unit_is_told() {
    let page = |unit: &str| {
        let text = format!("# TYPE a_{unit} gauge\n# UNIT a_{unit} {unit}\n# HELP a_{unit} A.\na_{unit} 1\n# EOF\n");
        Page::parse("application/openmetrics-text", &text).unwrap()
    };
    let [found] = differences(&page("seconds"), &page("second"), NAMES, Depth::Shape).try_into().unwrap();
    assert_eq!(found.says, ["yours adds `s` at the end of the name", "the unit is `seconds` instead of `second`"]);
}

#[test]
fn a_help_text_that_is_missing_is_told() {
    assert_eq!(
        says("# TYPE http_requests_total counter\nhttp_requests_total 1\n", &requests("http_requests_total 1")),
        "http_requests_total: yours has no help text"
    );
}

#[test]
fn a_label_that_is_missing_is_told_and_the_sums_are_compared() {
    let other = requests("http_requests_total{path=\"/\",user=\"a\"} 1\nhttp_requests_total{path=\"/\",user=\"b\"} 2");
    assert_eq!(
        says(&requests("http_requests_total{path=\"/\"} 3"), &other),
        "http_requests_total: yours lacks the label `user`"
    );
    assert_eq!(
        says(&requests("http_requests_total{path=\"/\"} 4"), &other),
        "http_requests_total: yours lacks the label `user`\n\
         http_requests_total: the value of `{path=\"/\"}` is 4 instead of 3"
    );
}

#[test]
fn a_label_of_ones_own_is_told_with_its_values() {
    let one = requests("http_requests_total{path=\"/\",user=\"a\"} 1\nhttp_requests_total{path=\"/\",user=\"b\"} 2");
    assert_eq!(
        says(&one, &requests("http_requests_total{path=\"/\"} 3")),
        "http_requests_total: only yours has the label `user`, with the value `a` or `b`"
    );
}

#[test]
fn a_label_under_another_name_is_found_by_its_values() {
    let [one, other] =
        ["code", "status_code"].map(|name| requests(&format!("http_requests_total{{{name}=\"200\"}} 3")));
    assert_eq!(says(&one, &other), "http_requests_total: the label `code` instead of `status_code`");
}

#[test]
fn a_path_in_the_place_of_its_template_is_told() {
    let one = requests("http_requests_total{path=\"/items/1\"} 1\nhttp_requests_total{path=\"/items/999\"} 1");
    assert_eq!(
        says(&one, &requests("http_requests_total{path=\"/items/{id}\"} 2")),
        "http_requests_total: yours has `/items/1` or `/items/999` as `path` where the solution has `/items/{id}`"
    );
}

#[test]
fn a_template_in_the_place_of_paths_is_told() {
    let other = requests("http_requests_total{path=\"/items/1\"} 1\nhttp_requests_total{path=\"/items/2\"} 1");
    assert_eq!(
        says(&requests("http_requests_total{path=\"/items/{id}\"} 2"), &other),
        "http_requests_total: yours has `/items/{id}` as `path` where the solution has `/items/1` or `/items/2`"
    );
}

#[test]
fn a_value_in_other_letters_is_told() {
    let [one, other] = ["get", "GET"].map(|method| {
        requests(&format!("http_requests_total{{method=\"{method}\"}} 1\nhttp_requests_total{{method=\"POST\"}} 1"))
    });
    assert_eq!(says(&one, &other), "http_requests_total: yours has `get` as `method` where the solution has `GET`");
}

#[test]
fn values_that_one_side_has_alone_are_summarised_with_their_series() {
    let paths = |paths: &[&str]| {
        let lines = paths.iter().flat_map(|path| {
            ["GET", "PUT"].map(|method| format!("http_requests_total{{method=\"{method}\",path=\"{path}\"}} 1"))
        });
        requests(&lines.collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(
        says(&paths(&["/", "/a", "/b", "/c", "/d", "/e", "/f"]), &paths(&["/"])),
        "http_requests_total: only yours has 12 series with `/a`, `/b`, `/c`, `/d` or 2 others as `path`"
    );
    assert_eq!(
        says(&paths(&["/"]), &paths(&["/", "/a", "/b"])),
        "http_requests_total: yours lacks 4 series with `/a` or `/b` as `path`"
    );
}

#[test]
fn series_of_known_values_that_are_missing_are_named() {
    let line = |method: &str, path: &str| format!("http_requests_total{{method=\"{method}\",path=\"{path}\"}} 1");
    let one = requests(&[line("GET", "/"), line("PUT", "/a")].join("\n"));
    let other = requests(&[line("GET", "/"), line("PUT", "/a"), line("PUT", "/")].join("\n"));
    assert_eq!(says(&one, &other), "http_requests_total: yours lacks 1 series: `{method=\"PUT\",path=\"/\"}`");
    assert_eq!(says(&other, &one), "http_requests_total: only yours has 1 series: `{method=\"PUT\",path=\"/\"}`");
}

#[test]
fn a_family_without_series_lacks_those_of_the_other() {
    let one = "# HELP http_requests_total Something.\n# TYPE http_requests_total counter\n";
    assert_eq!(
        says(one, &requests("http_requests_total{path=\"/\"} 1")),
        "http_requests_total: yours lacks 1 series: `{path=\"/\"}`"
    );
}

#[test]
fn other_buckets_are_told() {
    assert_eq!(
        says(&histogram(&["0.1", "0.5"]), &histogram(&["0.1", "0.3"])),
        "http_request_duration_seconds: buckets 0.1, 0.5 instead of 0.1, 0.3"
    );
}

#[test]
fn buckets_in_milliseconds_are_recognised() {
    assert_eq!(
        says(&histogram(&["5", "10"]), &histogram(&["0.005", "0.01"])),
        "http_request_duration_seconds: buckets 5, 10 instead of 0.005, 0.01: thousandths instead of the base unit"
    );
}

#[test]
fn bounds_that_are_written_in_another_way_are_the_same() {
    assert_eq!(says(&histogram(&["1.0", "2.50"]), &histogram(&["1", "2.5"])), "");
}

#[test]
fn other_quantiles_are_told() {
    assert_eq!(
        says(&summary(&["0.5"]), &summary(&["0.5", "0.99"])),
        "db_query_duration_seconds: quantiles 0.5 instead of 0.5, 0.99"
    );
}

#[test]
fn a_count_that_differs_is_told_with_both_numbers() {
    assert_eq!(
        says(&requests("http_requests_total 21"), &requests("http_requests_total 22")),
        "http_requests_total: the value is 21 instead of 22"
    );
    let fewer = histogram(&["0.1"]).replace(" 2\n", " 1\n");
    assert_eq!(
        says(&fewer, &histogram(&["0.1"])),
        "http_request_duration_seconds: the number of observations is 1 instead of 2"
    );
}

#[test]
fn many_values_that_differ_are_summarised() {
    let page = |value: u32| {
        let lines = (1..=6).map(|index| format!("http_requests_total{{path=\"/{index}\"}} {value}"));
        requests(&lines.collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(
        says(&page(1), &page(2)),
        "http_requests_total: the value differs in 6 series: `{path=\"/1\"}` is 1 instead of 2, `{path=\"/2\"}` is 1 instead \
         of 2, `{path=\"/3\"}` is 1 instead of 2, `{path=\"/4\"}` is 1 instead of 2, and 2 more"
    );
}

#[test]
fn values_are_left_out_where_only_the_shape_is_asked_for() {
    let [one, other] = ["21", "22"].map(|value| requests(&format!("http_requests_total {value}")));
    assert_eq!(compared(&one, &other, Depth::Shape), "");
}

#[test]
fn families_are_in_the_order_of_their_names_and_what_is_the_same_of_several_is_told_once() {
    let counters = ["b_total", "c_total", "d_total", "e_total", "f_total"];
    let counters: String = counters.map(|name| family(name, "counter", &format!("{name} 1"))).concat();
    let other = format!("{counters}{}", family("a", "gauge", "a 1"));
    assert_eq!(
        says("", &other),
        "a: yours lacks this gauge, with 1 series\n\
         b_total, c_total, d_total, e_total and 1 other: yours lacks this counter, with 1 series"
    );
}
