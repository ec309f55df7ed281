//! The checks of this lesson, run against this crate's own app.

use checks::testing::Lesson;
use solution_04_summary::app;

const LESSON: Lesson = Lesson { name: "04-summary", app, program: env!("CARGO_BIN_EXE_solution-04-summary") };

#[test]
fn the_page_has_a_summary_of_query_durations() {
    LESSON.check("latency-summary");
}

#[test]
fn every_query_is_timed_in_seconds() {
    LESSON.check("every-query");
}

#[test]
fn failed_queries_are_timed_too() {
    LESSON.check("failed-queries");
}

#[test]
fn operations_are_few() {
    LESSON.check("bounded-operations");
}

#[test]
fn the_wait_for_a_connection_is_part_of_the_time() {
    LESSON.check("waiting");
}

#[test]
fn old_queries_leave_the_quantiles() {
    LESSON.check("sliding-window");
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
