//! The checks of this lesson, run against this crate's own app.

use checks::testing::Lesson;
use solution_03_histogram::app;

const LESSON: Lesson = Lesson { name: "03-histogram", app, program: env!("CARGO_BIN_EXE_solution-03-histogram") };

#[test]
fn the_page_has_a_histogram_of_latencies() {
    LESSON.check("latency-histogram");
}

#[test]
fn durations_are_in_seconds_and_in_the_right_buckets() {
    LESSON.check("seconds");
}

#[test]
fn every_request_is_observed_whatever_its_outcome() {
    LESSON.check("every-outcome");
}

#[test]
fn clients_cannot_make_up_label_values() {
    LESSON.check("bounded-labels");
}

#[test]
fn the_page_follows_the_rules_of_prometheus() {
    LESSON.check("clean-page");
}

#[test]
fn what_the_earlier_lessons_added_still_works() {
    LESSON.check_earlier_lessons();
}

#[test]
fn the_whole_page_is_as_in_the_snapshot() {
    insta::assert_snapshot!("metrics", LESSON.page());
}
