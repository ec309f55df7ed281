//! `cargo lab restore`.

use std::fs;

use insta::assert_snapshot;

use crate::course::{SmallCourse, code, done, shown, stderr};
use crate::reset::{edited, kept, without_time};
use crate::shops::WITHOUT_METRICS;

const MAIN: &str = "lessons/00-item-api/src/main.rs";
const OWN: &str = "lessons/00-item-api/src/pages/own.rs";
/// What a student has written, in [`MAIN`].
const WRITTEN: &str = "fn main() {\n    serve();\n}\n";

/// A student who has put the solution in the place of the own work.
fn solved() -> SmallCourse {
    let course = edited();
    done(&mut course.lab(&["solve", "00", "--yes"]));
    course
}

/// The names of the folders in which files are kept, the oldest first.
fn times(course: &SmallCourse) -> Vec<String> {
    let entries = fs::read_dir(course.path(".lab/kept")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_help_of_restore_says_what_it_brings_back() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["restore", "--help"])));
}

#[test]
fn what_the_solution_replaced_comes_back() {
    let course = solved();
    let name = kept(&course).file_name().unwrap().to_owned().into_string().unwrap();
    let text = shown(&mut course.lab(&["restore", "00", "--yes"]));
    let replaced = times(&course).pop().unwrap();
    assert_snapshot!(text.replace(&name, "00-item-api-TIME").replace(&replaced, "00-item-api-LATER"));
    assert_eq!(course.read(MAIN), WRITTEN);
    assert_eq!(course.read(OWN), "//! My own page.\n");
}

#[test]
fn what_it_has_replaced_comes_back_when_it_is_named() {
    let course = solved();
    let solution = course.read(MAIN);
    done(&mut course.lab(&["restore", "00", "--yes"]));
    done(&mut course.lab(&["restore", "00", "--from", "1", "--yes"]));
    assert_eq!(course.read(MAIN), solution);
    assert!(!course.path(OWN).exists());
}

#[test]
fn after_the_solution_and_the_start_it_is_still_the_own_files_that_come_back() {
    let course = solved();
    done(&mut course.lab(&["reset", "00", "--yes"]));
    done(&mut course.lab(&["restore", "00", "--yes"]));
    assert_eq!(course.read(MAIN), WRITTEN);
    assert_eq!(course.read(OWN), "//! My own page.\n");
}

#[test]
fn it_brings_back_the_whole_of_it_and_not_only_what_differed_from_the_solution() {
    let course = edited();
    let solution = "//! The same in both.\n";
    course.write("solutions/00-item-api/src/same.rs", solution);
    course.write("lessons/00-item-api/src/same.rs", solution);
    done(&mut course.lab(&["solve", "00", "--yes"]));
    done(&mut course.lab(&["reset", "00", "--yes"]));
    assert!(!course.path("lessons/00-item-api/src/same.rs").exists());
    done(&mut course.lab(&["restore", "00", "--yes"]));
    assert_eq!(course.read("lessons/00-item-api/src/same.rs"), solution);
    assert_eq!(course.read(MAIN), WRITTEN);
}

#[test]
fn a_file_of_any_name_is_kept() {
    let course = edited();
    course.write("lessons/00-item-api/.new-files", "My notes.\n");
    fs::remove_file(course.path("lessons/00-item-api/lesson.toml")).unwrap();
    done(&mut course.lab(&["reset", "00", "--yes"]));
    done(&mut course.lab(&["restore", "00", "--yes"]));
    assert_eq!(course.read("lessons/00-item-api/.new-files"), "My notes.\n");
    assert!(!course.path("lessons/00-item-api/lesson.toml").exists());
}

#[test]
fn the_list_says_whose_the_files_are() {
    let course = solved();
    done(&mut course.lab(&["reset", "00", "--yes"]));
    done(&mut course.lab(&["solve", "00", "--yes"]));
    let list = done(&mut course.lab(&["restore", "00", "--list"]));
    let whose: Vec<_> = list.lines().skip(1).filter_map(|line| Some(line.rsplit_once(": ")?.1)).collect();
    assert_eq!(whose, ["the start of the lesson", "the solution", "your files"]);
}

#[test]
fn where_nothing_of_ones_own_is_kept_it_asks_which_one_is_meant() {
    let course = SmallCourse::in_git();
    done(&mut course.lab(&["solve", "00", "--yes"]));
    let output = course.lab(&["restore", "00", "--yes"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("none of what is kept is your own"), "{}", stderr(&output));
}

#[test]
fn a_file_that_came_with_the_solution_goes_again_and_is_kept() {
    let course = edited();
    course.write("solutions/00-item-api/src/track.rs", "//! The solution's own.\n");
    done(&mut course.lab(&["solve", "00", "--yes"]));
    course.write("lessons/00-item-api/src/track.rs", "//! Changed since.\n");
    done(&mut course.lab(&["restore", "00", "--yes"]));
    assert!(!course.path("lessons/00-item-api/src/track.rs").exists());
    let last = times(&course).pop().unwrap();
    assert_eq!(course.read(&format!(".lab/kept/{last}/src/track.rs")), "//! Changed since.\n");
}

#[test]
fn what_was_written_since_is_kept() {
    let course = solved();
    course.write(MAIN, "fn main() { later(); }\n");
    done(&mut course.lab(&["restore", "00", "--yes"]));
    let last = times(&course).pop().unwrap();
    assert_eq!(course.read(&format!(".lab/kept/{last}/src/main.rs")), "fn main() { later(); }\n");
}

#[test]
fn of_several_times_one_is_chosen_by_its_number_or_its_time() {
    let course = solved();
    course.write(MAIN, "fn main() { later(); }\n");
    done(&mut course.lab(&["solve", "00", "--yes"]));
    let oldest = times(&course).remove(0);
    let time = oldest.strip_prefix("00-item-api-").unwrap();
    for (from, expected) in [("2", WRITTEN), ("1", "//! `cargo lab run 00`\n\nfn main() {}\n"), (time, WRITTEN)] {
        done(&mut course.lab(&["restore", "00", "--yes", "--from", from]));
        assert_eq!(course.read(MAIN), expected, "{from}");
    }
}

#[test]
fn the_list_names_each_time_and_changes_nothing() {
    let course = solved();
    let text = without_time(&done(&mut course.lab(&["restore", "--list"])), &course);
    assert!(text.starts_with("Kept of lessons/00-item-api, the newest first\n  1  20"), "{text}");
    assert_ne!(course.read(MAIN), WRITTEN);
}

#[test]
fn a_time_that_is_not_in_the_list_is_answered_with_the_list() {
    let course = solved();
    for from in ["0", "2", "1999", "yesterday"] {
        let output = course.lab(&["restore", "00", "--yes", "--from", from]).output().unwrap();
        assert_eq!(code(&output), 2);
        let text = stderr(&output);
        assert!(text.starts_with(&format!("error: nothing was kept at `{from}`\n\n  |   1  20")), "{text}");
    }
    assert_ne!(course.read(MAIN), WRITTEN);
}

#[test]
fn a_time_that_means_several_is_answered_with_the_list() {
    let course = solved();
    done(&mut course.lab(&["restore", "00", "--yes"]));
    let names = times(&course);
    let year = &names[0]["00-item-api-".len()..][.."2026-".len()];
    let output = course.lab(&["restore", "00", "--yes", "--from", year]).output().unwrap();
    assert_eq!((code(&output), course.read(MAIN).as_str()), (2, WRITTEN));
    let text = stderr(&output);
    assert!(text.starts_with(&format!("error: `{year}` is how several of the times begin\n")), "{text}");
}

#[test]
fn where_nothing_is_kept_it_says_what_keeps_something() {
    let output = SmallCourse::new().lab(&["restore", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let expected = "error: nothing is kept of lessons/00-item-api\n\n`cargo lab solve` and `cargo lab reset` keep the files that they replace.\n";
    assert_eq!(stderr(&output), expected);
}

#[test]
fn where_something_is_kept_of_another_lesson_that_is_named() {
    let course = solved();
    course.write("lessons/01-counter/Cargo.toml", "");
    let output = course.lab(&["restore", "01"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("\n  | 00-item-api\n"), "{}", stderr(&output));
}

#[test]
fn without_a_terminal_it_asks_for_yes_and_changes_nothing() {
    let course = solved();
    let output = course.lab(&["restore", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("With --yes it goes on without asking."), "{}", stderr(&output));
    assert_ne!(course.read(MAIN), WRITTEN);
}

#[test]
fn an_unknown_lesson_is_answered_with_those_that_there_are() {
    let output = SmallCourse::new().lab(&["restore", "9"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("  | 00-item-api\n"), "{}", stderr(&output));
}

#[test]
fn the_progress_of_the_lesson_stays_as_it_is() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.lab(&["check", "00"]).output().unwrap();
    done(&mut course.lab(&["solve", "00", "--yes"]));
    let remembered = course.read(".lab/progress.toml");
    done(&mut course.lab(&["restore", "00", "--yes"]));
    assert_eq!(course.read(".lab/progress.toml"), remembered);
}

#[test]
fn a_lesson_whose_folder_is_gone_gets_its_kept_files_back() {
    let course = solved();
    fs::remove_dir_all(course.path("lessons")).unwrap();
    done(&mut course.lab(&["restore", "00", "--yes"]));
    assert_eq!(course.read(MAIN), WRITTEN);
}

#[test]
fn each_line_that_changes_is_shown_when_it_is_asked_for() {
    let course = solved();
    let text = done(&mut course.lab(&["restore", "00", "--yes", "--diff"]));
    assert!(text.contains("  +    serve();\n"), "{text}");
}
