//! `cargo lab hint`.

use insta::assert_snapshot;

use crate::course::{SmallCourse, code, done, shown, stdout};
use crate::shops::{self, WITHOUT_METRICS, with_page};

/// Lesson 00 without its second step, which has two hints.
fn at_the_second_step() -> SmallCourse {
    let page = ["# HELP shop_open Whether it is open.", "# TYPE shop_open gauge", "shop_open 1"];
    let course = SmallCourse::with_program(&with_page(&page));
    assert_eq!(code(&course.lab(&["check", "00"]).output().unwrap()), 1);
    course
}

#[test]
fn before_the_first_check_it_is_about_the_first_step() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["hint", "00"])));
}

#[test]
fn it_says_first_what_was_wrong_in_the_last_check() {
    assert_snapshot!(done(&mut at_the_second_step().lab(&["hint", "00"])));
}

#[test]
fn each_time_it_is_the_next_hint_until_there_are_no_more() {
    let course = at_the_second_step();
    let hint = || done(&mut course.lab(&["hint", "00"]));
    assert!(hint().contains("\nHint 1 of 2\n  A nudge.\n\n`cargo lab hint 00` shows the next one.\n"));
    assert!(hint().contains("\nHint 2 of 2\n  Nearly the answer.\n\nThere are no more."));
    assert!(hint().contains("\nHint 2 of 2\n"));
}

#[test]
fn all_hints_are_shown_at_once_when_they_are_asked_for() {
    let text = done(&mut at_the_second_step().lab(&["hint", "00", "--all"]));
    assert!(text.contains("Hint 1 of 2\n  A nudge.\n\nHint 2 of 2\n  Nearly the answer.\n"), "{text}");
}

#[test]
fn a_lesson_that_is_done_needs_none() {
    let course = SmallCourse::with_program(&shops::done());
    done(&mut course.lab(&["check", "00"]));
    assert_eq!(done(&mut course.lab(&["hint", "00"])), "Lesson 00 is done. There is nothing to hint at.\n");
}

#[test]
fn the_lesson_that_was_checked_last_is_meant_when_none_is_named() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.lab(&["check", "00"]).output().unwrap();
    let output = course.lab(&["hint"]).output().unwrap();
    assert!(stdout(&output).contains("The last check said"), "{}", stdout(&output));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "No lesson is named, so this is the one that you checked last: 00-item-api.\n\n");
}

#[test]
fn a_lesson_without_its_folder_still_has_hints() {
    let course = SmallCourse::in_git();
    std::fs::remove_dir_all(course.path("lessons")).unwrap();
    assert!(done(&mut course.lab(&["hint", "00"])).contains("Do it."));
}
