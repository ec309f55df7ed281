//! What is typed, right and wrong.

use insta::assert_snapshot;

use crate::course::{MANIFEST, SmallCourse, code, lab_in, shown, stderr, stdout};

#[test]
fn the_help_names_every_command_and_exit_code() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["help"])));
}

#[test]
fn the_help_of_run_says_where_the_shop_opens() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["run", "--help"])));
}

#[test]
fn the_help_of_watch_names_its_keys() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["watch", "--help"])));
}

#[test]
fn the_help_of_check_says_what_it_does() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["check", "--help"])));
}

#[test]
fn without_a_command_it_says_where_to_begin() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&[])));
}

#[test]
fn an_unknown_lesson_is_answered_with_those_that_there_are() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["check", "9"])));
}

#[test]
fn a_misspelt_lesson_is_answered_with_the_nearest() {
    let output = SmallCourse::new().lab(&["check", "iten-api"]).output().unwrap();
    assert!(stderr(&output).contains("Did you mean `00-item-api`?"), "{}", stderr(&output));
}

#[test]
fn a_lesson_is_known_by_number_and_by_name() {
    // Whatever comes next, it is not the name that is wrong.
    let course = SmallCourse::with_manifest("");
    for name in ["0", "00", "item-api", "00-item-api"] {
        let output = course.lab(&["check", name]).output().unwrap();
        assert!(stderr(&output).contains("lessons/00-item-api/lesson.toml is broken"), "{name}: {}", stderr(&output));
    }
}

#[test]
fn a_folder_outside_of_the_course_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = lab_in(folder.path(), folder.path(), &["check"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("is in no copy of the course"), "{}", stderr(&output));
}

#[test]
fn a_manifest_with_an_unknown_key_is_refused() {
    let course = SmallCourse::with_manifest(&MANIFEST.replace("minutes", "hours"));
    assert_snapshot!(shown(&mut course.lab(&["check", "00"])));
}

#[test]
fn a_manifest_whose_steps_are_not_the_checks_of_the_lesson_is_refused() {
    let course = SmallCourse::with_manifest(&MANIFEST.replace("app-info", "app-information"));
    assert_snapshot!(shown(&mut course.lab(&["check", "00"])));
}

#[test]
fn a_manifest_of_another_format_is_refused() {
    let course = SmallCourse::with_manifest(&MANIFEST.replace("format = 1", "format = 2"));
    let output = course.lab(&["check", "00"]).output().unwrap();
    assert!(stderr(&output).contains("format is 2, but this program understands 1"), "{}", stderr(&output));
}

#[test]
fn a_url_that_is_none_is_refused() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["check", "00", "--url", "localhost:8000"])));
}

#[test]
fn a_url_and_the_solution_exclude_each_other() {
    let output = SmallCourse::new().lab(&["check", "--solution", "--url", "http://127.0.0.1:1"]).output().unwrap();
    assert_eq!(code(&output), 2);
}

#[test]
fn output_to_a_file_has_no_colours() {
    let output = SmallCourse::new().lab(&[]).output().unwrap();
    assert!(!stdout(&output).contains('\x1b'), "{}", stdout(&output));
}

#[test]
fn no_color_is_honoured() {
    let coloured = SmallCourse::new().lab(&[]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(stdout(&coloured).contains('\x1b'), "{}", stdout(&coloured));
    let plain = SmallCourse::new().lab(&[]).env("NO_COLOR", "1").output().unwrap();
    assert!(!stdout(&plain).contains('\x1b'), "{}", stdout(&plain));
}
