//! `cargo lab live`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::course::{SmallCourse, code, shown, stderr};

#[test]
fn the_help_of_live_says_what_it_draws() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["live", "--help"])));
}

#[test]
fn an_address_that_is_none_is_refused_in_words() {
    let course = SmallCourse::new();
    for (typed, words) in [
        ("localhost:8000", "is not the URL of a page of metrics"),
        ("https://localhost:8000", "Only plain http is spoken"),
        ("http://", "is not the URL of a page of metrics"),
    ] {
        let output = course.lab(&["live", "--url", typed]).output().unwrap();
        assert_eq!(code(&output), 2, "{typed}");
        assert!(stderr(&output).contains(words), "{typed}: {}", stderr(&output));
    }
}

#[test]
fn a_lesson_and_a_url_are_one_too_many() {
    let output = SmallCourse::new().lab(&["live", "00", "--url", "http://localhost:8000"]).output().unwrap();
    assert_eq!(code(&output), 2);
}

/// What it says at first, until it waits.
fn announcement(arguments: &[&str]) -> Vec<String> {
    let course = SmallCourse::new();
    let mut lab = course.lab(arguments);
    let mut lab = lab.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(lab.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    lab.kill().unwrap();
    lab.wait().unwrap();
    lines
}

#[test]
fn it_says_where_the_page_is_and_repeats_no_secret() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lines = announcement(&["live", "--url", &format!("http://user:s3cret@{closed}/t0ken/metrics?key=s3cret")]);
    assert_eq!(lines[0], format!("The metrics of http://{closed}, drawn. Ctrl-C ends it."));
    assert!(lines[1].starts_with("  open        http://127.0.0.1:"), "{}", lines[1]);
    assert_eq!(lines[2], format!("  metrics     http://{closed}"));
}

#[test]
fn a_lesson_that_does_not_run_is_looked_for_at_its_usual_port() {
    let lines = announcement(&["live", "00"]);
    assert_eq!(lines[0], "The metrics of lessons/00-item-api, drawn. Ctrl-C ends it.");
    assert_eq!(lines[2], "  metrics     http://127.0.0.1:8000/metrics");
}
