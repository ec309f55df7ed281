//! The checks of this lesson, run against this crate's own app.

use checks::testing::Lesson;
use {crate_name}::app;

const LESSON: Lesson = Lesson { name: "{name}", app, program: env!("CARGO_BIN_EXE_{package}") };

#[test]
fn the_first_metric_is_made() {
    LESSON.check("first-metric");
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
