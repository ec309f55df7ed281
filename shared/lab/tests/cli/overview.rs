//! `cargo lab`, without a command.

use insta::assert_snapshot;

use crate::course::{SmallCourse, done, lab, stdout};
use crate::shops::{self, WITHOUT_METRICS};

#[test]
fn a_step_that_failed_is_marked_and_the_next_commands_are_named() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.lab(&["check", "00"]).output().unwrap();
    assert_snapshot!(done(&mut course.lab(&[])));
}

#[test]
fn a_lesson_that_is_done_has_no_minutes_left() {
    let course = SmallCourse::with_program(&shops::done());
    done(&mut course.lab(&["check", "00"]));
    assert_snapshot!(done(&mut course.lab(&[])));
}

#[test]
fn a_tool_gets_one_object() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.lab(&["check", "00"]).output().unwrap();
    assert_snapshot!(done(&mut course.lab(&["--format", "json"])));
}

#[test]
fn an_option_of_its_own_and_a_subcommand_exclude_each_other() {
    let output = SmallCourse::new().lab(&["--format", "json", "hint"]).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
}

#[test]
fn the_lesson_of_the_current_folder_is_shown_with_its_steps() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lessons/02-gauge/src");
    let text = done(lab(&[]).current_dir(folder));
    assert!(text.contains(" Read the open carts from the database\n"), "{text}");
}

#[test]
fn no_line_is_wider_than_80_columns() {
    let text = done(&mut lab(&[]));
    let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
    assert_eq!(wide, Vec::<&str>::new());
}
