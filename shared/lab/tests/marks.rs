//! What is marked in the lines of a page.

use lab::screen::marks::{Mark, find};

fn mark(expected: &str, seen: &[&str]) -> Option<Mark> {
    find(expected, &seen.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
}

/// Without the places behind the first.
fn first_range(mark: Mark) -> Mark {
    match mark {
        Mark::Differs { line, ranges, expected } => {
            Mark::Differs { line, ranges: ranges.into_iter().take(1).collect(), expected }
        }
        missing => missing,
    }
}

#[test]
fn a_misspelt_name_is_marked_in_its_line() {
    let seen = ["# TYPE app_info gauge", "# TYPE cart_additions counter"];
    let expected = Mark::Differs { line: 1, ranges: vec![7..21; 1], expected: "cart_additions_total".into() };
    assert_eq!(mark("# TYPE cart_additions_total counter", &seen), Some(expected));
}

#[test]
fn a_wrong_value_is_marked_although_words_follow_the_expected_line() {
    let expected = Mark::Differs { line: 0, ranges: vec![6..7; 1], expected: "0".into() };
    assert_eq!(mark("pg_up 0, when the database is down", &["pg_up 1"]), Some(expected));
}

#[test]
fn words_in_the_place_of_a_value_are_shown_whole_at_the_value_that_is_wrong() {
    let words = "rises by 1 after one addition of 3 pieces";
    let seen = ["cart_additions_total{product=\"MOUSE\"} 1", "cart_additions_total{product=\"MUG\"} 3"];
    let expected = Mark::Differs { line: 1, ranges: vec![36..37; 1], expected: words.into() };
    assert_eq!(mark(&format!("cart_additions_total{{product=\"MUG\"}} {words}"), &seen), Some(expected));
    let between = "between 0.100 and 0.250, which is `clock_timestamp() - xact_start`";
    let expected = Mark::Differs { line: 0, ranges: vec![28..29; 1], expected: between.into() };
    assert_eq!(
        mark(&format!("tx_duration{{state=\"active\"}}: {between}"), &["tx_duration{state=\"active\"} 9"]),
        Some(expected)
    );
}

#[test]
fn words_about_a_series_that_is_missing_are_shown_whole_at_the_missing_line() {
    let expected = "cart_additions_total{product=\"MUG\"} rises by 1 after one addition of 3 pieces";
    let missing = Some(Mark::Missing(expected.into()));
    assert_eq!(mark(expected, &["cart_additions_total{product=\"1\"} 1"]), missing);
    assert_eq!(mark(expected, &["up 1"]), missing);
}

#[test]
fn words_about_several_lines_together_mark_none_of_them() {
    let seen = ["requests_total{method=\"GET\",path=\"/\"} 3", "requests_total{method=\"GET\",path=\"/items\"} 4"];
    assert_eq!(mark("requests_total{method=\"GET\"} rises by 9 in all", &seen), None);
}

#[test]
fn a_misspelt_label_is_marked_though_words_stand_in_the_place_of_the_value() {
    let marked = mark("additions_total{product=\"MUG\"} rises by 1", &["additions_total{item=\"MUG\"} 1"]);
    let expected = Mark::Differs { line: 0, ranges: vec![16..20; 1], expected: "product".into() };
    assert_eq!(marked, Some(expected));
}

#[test]
fn a_missing_label_is_marked_where_it_belongs() {
    let seen = ["requests_total{method=\"GET\"} 3"];
    let marked = mark("requests_total{method=\"...\",path=\"...\"}", &seen);
    let Some(Mark::Differs { line: 0, ranges, expected }) = marked else { panic!("{marked:?}") };
    assert_eq!((ranges.first().cloned(), expected.as_str()), (Some(27..27), ",path=\"...\""));
}

#[test]
fn a_misspelt_label_is_marked_whatever_the_order_of_the_labels() {
    let seen = ["app_info{arch=\"x86_64\",rust=\"1.95.0\",version=\"0.1.0\"} 1"];
    let marked = mark("app_info{version=\"...\",rust_version=\"...\",arch=\"...\"}", &seen);
    let Some(Mark::Differs { line: 0, ranges, expected }) = marked else { panic!("{marked:?}") };
    assert_eq!((ranges.first().cloned(), expected.as_str()), (Some(23..27), "rust_version"));
}

#[test]
fn another_series_of_the_same_metric_is_not_taken_for_a_missing_one() {
    let missing = Mark::Missing("cart_additions_total{product=\"MOUSE\"} 0".into());
    assert_eq!(
        mark("cart_additions_total{product=\"MOUSE\"} 0", &["cart_additions_total{product=\"MUG\"} 2"]),
        Some(missing)
    );
}

#[test]
fn a_series_with_another_label_value_is_right_as_it_is_even_if_its_value_is_the_same() {
    let missing = Mark::Missing("cart_additions_total{product=\"MOUSE\"} 0".into());
    let seen = ["cart_additions_total{product=\"MOU\"} 0", "cart_additions_total{product=\"MUG\"} 0"];
    assert_eq!(mark("cart_additions_total{product=\"MOUSE\"} 0", &seen), Some(missing));
}

#[test]
fn a_sample_is_missing_where_only_its_type_and_help_text_are_there() {
    let seen = ["# HELP cart_additions_total Additions.", "# TYPE cart_additions_total counter"];
    let expected = "cart_additions_total{product=\"MUG\"} 0";
    assert_eq!(mark(expected, &seen), Some(Mark::Missing(expected.into())));
    let missing = Mark::Missing("# TYPE cart_additions_total counter".into());
    assert_eq!(mark("# TYPE cart_additions_total counter", &["cart_additions_total 3"]), Some(missing));
}

#[test]
fn a_misspelt_label_is_marked_without_its_value() {
    let seen = ["requests_total{method=\"GET\",path=\"/\",status=\"404\"} 3"];
    let expected = Mark::Differs { line: 0, ranges: vec![37..43; 1], expected: "status_code".into() };
    assert_eq!(
        mark("requests_total{method=\"...\",path=\"...\",status_code=\"...\"}", &seen).map(first_range),
        Some(expected)
    );
}

#[test]
fn a_line_that_nothing_is_like_is_missing() {
    let missing = Mark::Missing("# TYPE cart_additions_total counter".into());
    assert_eq!(mark("# TYPE cart_additions_total counter", &["# TYPE app_info gauge"]), Some(missing));
}

#[test]
fn another_metric_that_begins_alike_is_not_taken_for_it() {
    let seen = ["# TYPE http_requests_total counter", "# TYPE db_connections_max gauge"];
    for expected in ["# TYPE http_requests_in_progress gauge", "# TYPE db_connections_active gauge"] {
        assert_eq!(mark(expected, &seen), Some(Mark::Missing(expected.into())));
    }
}

#[test]
fn a_placeholder_stands_for_any_value() {
    assert_eq!(mark("up{job=\"...\"} 1", &["up{job=\"shop-a\"} 1"]), None);
}

#[test]
fn what_is_no_line_of_a_page_marks_nothing() {
    assert_eq!(mark("200 OK for GET /metrics", &["GET /metrics -> 404"]), None);
}
