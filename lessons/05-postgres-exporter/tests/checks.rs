//! The checks of this lesson, run against this crate's own program.

use checks::testing::ProgramLesson;

const LESSON: ProgramLesson =
    ProgramLesson { name: "05-postgres-exporter", program: env!("CARGO_BIN_EXE_lesson-05-postgres-exporter") };

#[test]
fn the_page_has_the_statistics_and_the_size_of_each_database() {
    LESSON.check("database");
}

#[test]
fn connections_are_counted_by_state() {
    LESSON.check("activity");
}

#[test]
fn locks_are_counted_by_mode() {
    LESSON.check("locks");
}

#[test]
fn settings_are_in_base_units() {
    LESSON.check("settings");
}

#[test]
fn tables_appear_count_and_disappear() {
    LESSON.check("tables");
}

#[test]
fn every_scrape_is_answered_in_time_whatever_the_database_does() {
    LESSON.check("resilience");
}

#[test]
fn the_page_follows_the_rules_and_keeps_the_password() {
    LESSON.check("clean-page");
}

#[test]
fn the_whole_page_is_as_in_the_snapshot() {
    if let Some(page) = LESSON.page() {
        insta::assert_snapshot!("metrics", page);
    }
}
