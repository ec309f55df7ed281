//! The checks of this lesson, run against this crate's own app.

use checks::testing::Lesson;
use lesson_02_gauge::app;

const LESSON: Lesson = Lesson { name: "02-gauge", app, program: env!("CARGO_BIN_EXE_lesson-02-gauge") };

#[test]
fn requests_in_progress_rise_and_fall() {
    LESSON.check("requests-in-progress");
}

#[test]
fn requests_in_progress_return_after_errors_panics_and_hang_ups() {
    LESSON.check("in-progress-returns");
}

#[test]
fn open_carts_are_those_of_the_database() {
    LESSON.check("open-carts");
}

#[test]
fn connections_are_read_from_the_pool_at_each_scrape() {
    LESSON.check("connection-pool");
}

#[test]
fn cpu_memory_and_disk_are_plausible() {
    LESSON.check("system");
}

#[test]
fn the_system_is_sampled_in_the_background() {
    LESSON.check("sampling");
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
