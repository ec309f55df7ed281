//! The checks of this lesson, run against this crate's own app.

use checks::testing::Lesson;
use lesson_00_item_api::app;

const LESSON: Lesson = Lesson { name: "00-item-api", app, program: env!("CARGO_BIN_EXE_lesson-00-item-api") };

#[test]
fn the_app_serves_a_page_of_metrics() {
    LESSON.check("metrics-page");
}

#[test]
fn the_page_says_what_runs() {
    LESSON.check("app-info");
}

#[test]
fn the_page_follows_the_rules_of_prometheus() {
    LESSON.check("clean-page");
}

#[test]
fn the_whole_page_is_as_in_the_snapshot() {
    insta::assert_snapshot!("metrics", LESSON.page());
}
