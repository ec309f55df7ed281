//! The checks of this lesson, run against this crate's own app.

use checks::testing::Lesson;
use lesson_01_counter::app;

const LESSON: Lesson = Lesson { name: "01-counter", app, program: env!("CARGO_BIN_EXE_lesson-01-counter") };

#[test]
fn each_successful_addition_to_a_cart_counts_once() {
    LESSON.check("cart-additions");
}

#[test]
fn every_product_has_a_series_before_anybody_adds_it() {
    LESSON.check("products-at-zero");
}

#[test]
fn every_request_counts_whatever_its_outcome() {
    LESSON.check("requests");
}

#[test]
fn clients_cannot_make_up_label_values() {
    LESSON.check("bounded-labels");
}

#[test]
fn server_errors_and_nothing_else_are_exceptions() {
    LESSON.check("exceptions");
}

#[test]
fn a_panic_is_answered_with_500_and_counts() {
    LESSON.check("panics");
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
