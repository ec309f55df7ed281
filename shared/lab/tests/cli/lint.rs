//! `cargo lab lint`.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use axum::Router;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::course::{SmallCourse, code, lab, shown, stderr, stdout};
use crate::load::serve;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PAGE: &str = "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n";
const OPEN_METRICS_PAGE: &str = "# TYPE a counter\n# HELP a A.\na_total 1\n# EOF\n";
const BAD_NAMES: &str = "\
# HELP request_latency_ms Latency.
# TYPE request_latency_ms gauge
request_latency_ms{statusCode=\"200\"} 3
# TYPE requests counter
requests 1
# HELP nodejs_active_resources_total Active.
# TYPE nodejs_active_resources_total gauge
nodejs_active_resources_total 3
";

/// A page in a file, and the program that looks at it.
fn lint(page: impl AsRef<[u8]>, arguments: &[&str]) -> (TempDir, Command) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page"), page).unwrap();
    let mut command = lab(&["lint"]);
    command.arg(folder.path().join("page")).args(arguments);
    (folder, command)
}

fn output(page: impl AsRef<[u8]>) -> Output {
    lint(page, &[]).1.output().unwrap()
}

/// What is shown, without the name of the folder.
fn shown_of(page: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let (folder, mut command) = lint(page, arguments);
    shown(&mut command).replace(folder.path().to_str().unwrap(), "FOLDER")
}

/// Serves a page below `/`, and looks at it.
fn served(headers: &[(HeaderName, &'static str)], body: impl Into<Vec<u8>>) -> Output {
    let headers = headers.to_vec();
    let body = body.into();
    let answer = async move || {
        let mut response = axum::response::Response::new(axum::body::Body::from(body));
        for (name, value) in headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        response
    };
    let url = serve(Router::new().route("/", get(answer)));
    lab(&["lint", &url]).output().unwrap()
}

#[test]
fn each_problem_is_shown_with_its_line_and_what_to_do() {
    assert_snapshot!(shown_of(BAD_NAMES, &[]));
}

#[test]
fn a_tool_gets_the_findings_with_lines_and_rules() {
    assert_snapshot!(shown_of(BAD_NAMES, &["--format", "json"]));
}

#[test]
fn a_page_that_prometheus_cannot_read_is_an_error() {
    assert_snapshot!(shown_of("# TYPE a_total counter\na_total{path=\"/} 1\n", &[]));
}

#[test]
fn a_clean_page_is_counted() {
    let output = output(PAGE);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).ends_with("\n1 family, 1 series, 0 problems\n"), "{}", stdout(&output));
}

#[test]
fn advice_about_well_known_libraries_fails_nothing() {
    let (_, advice) = BAD_NAMES.split_once("requests 1\n").unwrap();
    let output = output(advice);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert!(stdout(&output).contains("advice (total-without-counter)"), "{}", stdout(&output));
}

#[test]
fn a_file_that_ends_like_openmetrics_is_read_as_that() {
    assert_eq!(code(&output(OPEN_METRICS_PAGE)), 0);
    assert_eq!(code(&output(OPEN_METRICS_PAGE.replace("# EOF\n", ""))), 1);
}

#[test]
fn standard_input_is_a_page_too() {
    let mut child = lab(&["lint", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PAGE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stdout(&output).starts_with("The page of standard input\n")), (0, true));
}

#[test]
fn escape_codes_of_a_page_do_not_reach_the_terminal() {
    let text = stdout(&output("a_total{x=\"\u{1b}[31m\u{202e}\"} no\n"));
    assert!(text.contains('\u{241b}') && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

#[test]
fn what_is_not_utf_8_is_an_error_in_its_line() {
    let output = output(b"# HELP a A.\na\xff 1\n");
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("line 2: error (utf-8)"), "{}", stdout(&output));
}

#[test]
fn where_there_is_no_page_it_says_why() {
    let there_is_none = |typed: &str, says: &str| {
        let output = lab(&["lint", typed]).output().unwrap();
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    };
    let folder = tempfile::tempdir().unwrap();
    there_is_none(folder.path().to_str().unwrap(), "is a folder");
    there_is_none("no.such.file", "there is no file `no.such.file`");
    there_is_none("http://127.0.0.1:1/metrics", "no connection");
    let empty = output("");
    assert_eq!(code(&empty), 3);
    assert!(stderr(&empty).contains("is empty"), "{}", stderr(&empty));
    let html = output("<!doctype html><p>");
    assert_eq!(code(&html), 3);
    assert!(stderr(&html).contains("is a web page"), "{}", stderr(&html));
}

#[test]
fn what_is_no_url_of_a_page_is_refused() {
    for typed in ["https://localhost/metrics", "ftp://localhost", "http://"] {
        assert_eq!(code(&lab(&["lint", typed]).output().unwrap()), 2, "{typed}");
    }
    assert_eq!(code(&SmallCourse::new().lab(&["lint"]).output().unwrap()), 2);
}

#[test]
fn of_a_url_no_more_than_host_and_port_is_shown() {
    let url = serve(Router::new()).replace("//", "//user:secret@");
    let output = lab(&["lint", &format!("{url}/secret?secret=secret")]).output().unwrap();
    let said = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(code(&output), 3);
    assert!(said.contains("404") && !said.contains("secret"), "{said}");
}

#[test]
fn a_server_says_by_its_content_type_what_it_sends() {
    assert_eq!(code(&served(&[(CONTENT_TYPE, TEXT)], PAGE)), 0);
    assert_eq!(code(&served(&[(CONTENT_TYPE, OPEN_METRICS)], OPEN_METRICS_PAGE)), 0);
    let mixed_up = served(&[(CONTENT_TYPE, TEXT)], OPEN_METRICS_PAGE);
    assert_eq!(code(&mixed_up), 1);
    assert!(stdout(&mixed_up).contains("its content type says text format"), "{}", stdout(&mixed_up));
}

#[test]
fn a_content_type_that_prometheus_does_not_take_is_an_error_and_the_page_is_judged_all_the_same() {
    let output = served(&[(CONTENT_TYPE, "text/html")], BAD_NAMES);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    assert!(text.contains("error (content-type)") && text.contains("5 problems"), "{text}");
}

#[test]
fn json_is_no_page() {
    let output = served(&[(CONTENT_TYPE, "application/json")], "{\"a\": 1}\n");
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("answers with `application/json`"), "{}", stderr(&output));
}

#[test]
fn bytes_that_are_not_what_the_server_says_are_an_error() {
    let output = served(&[(CONTENT_TYPE, TEXT), (CONTENT_ENCODING, "gzip")], PAGE);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("no complete gzip"), "{}", stdout(&output));
}

#[test]
fn a_redirect_is_followed_but_not_to_an_encrypted_address() {
    let to = |place: &'static str| get(async move || (StatusCode::FOUND, [(LOCATION, place)]));
    let page = get(async || ([(CONTENT_TYPE, TEXT)], PAGE));
    let url = serve(
        Router::new().route("/", to("/page")).route("/page", page).route("/tls", to("https://127.0.0.1:1/secret")),
    );
    assert_eq!(code(&lab(&["lint", &url]).output().unwrap()), 0);
    let output = lab(&["lint", &format!("{url}/tls")]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("an encrypted address"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("secret"), "{}", stderr(&output));
}

#[test]
fn of_very_many_problems_the_first_are_shown() {
    let page: String = (0..600).map(|number| format!("m{number} 1\n")).collect();
    let (_folder, mut command) = lint(&page, &[]);
    let output = command.output().unwrap();
    let text = stdout(&output);
    assert_eq!((code(&output), text.matches(": problem").count()), (1, 500));
    assert!(text.contains("\nAnd 700 more: `--format json` has them all.\n"), "{text}");
    assert!(text.ends_with("600 families, 600 series, 1200 problems\n"), "{text}");
}

#[test]
fn a_page_without_an_end_is_cut() {
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'#'; 1024 * 1024]));
    let url = serve(
        Router::new().route("/", get(async move || ([(CONTENT_TYPE, TEXT)], axum::body::Body::from_stream(endless)))),
    );
    let output = lab(&["lint", "--format", "json", &url]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["findings"][0]["message"], "more than 16777216 bytes");
}
