//! `cargo lab reset`.

use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;

use crate::course::{MANIFEST, SmallCourse, code, done, shown, stderr, stdout};
use crate::shops::WITHOUT_METRICS;

const MAIN: &str = "lessons/00-item-api/src/main.rs";

/// A student who has worked on the lesson, and has committed that.
pub(crate) fn edited() -> SmallCourse {
    let course = SmallCourse::in_git();
    course.write(MAIN, "fn main() {\n    serve();\n}\n");
    course.write("lessons/00-item-api/src/pages/own.rs", "//! My own page.\n");
    course.commit();
    course
}

/// The one folder in which old files are kept.
pub(crate) fn kept(course: &SmallCourse) -> PathBuf {
    let folders: Vec<_> = fs::read_dir(course.path(".lab/kept")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders[0].clone()
}

/// With `TIME` for the time in the name of that folder.
pub(crate) fn without_time(text: &str, course: &SmallCourse) -> String {
    let folder = kept(course);
    let name = folder.file_name().unwrap().to_str().unwrap();
    text.replace(name, "00-item-api-TIME")
}

#[test]
fn committed_work_is_put_back_to_the_start_and_kept() {
    let course = edited();
    let text = shown(&mut course.lab(&["reset", "00", "--yes"]));
    assert_snapshot!(without_time(&text, &course));
    assert_eq!(course.read(MAIN), "fn main() {}");
    assert!(!course.path("lessons/00-item-api/src/pages").exists());
    assert_eq!(fs::read_to_string(kept(&course).join("src/main.rs")).unwrap(), "fn main() {\n    serve();\n}\n");
    assert_eq!(fs::read_to_string(kept(&course).join("src/pages/own.rs")).unwrap(), "//! My own page.\n");
}

#[test]
fn without_a_terminal_it_asks_for_yes_and_changes_nothing() {
    let course = edited();
    let output = course.lab(&["reset", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("With --yes it goes on without asking."), "{}", stderr(&output));
    assert_eq!(course.read(MAIN), "fn main() {\n    serve();\n}\n");
    assert!(!course.path(".lab/kept").exists());
}

#[test]
fn the_progress_of_the_lesson_is_forgotten() {
    let course = SmallCourse::in_git();
    course.write(MAIN, WITHOUT_METRICS);
    course.lab(&["check", "00"]).output().unwrap();
    done(&mut course.lab(&["hint", "00"]));
    done(&mut course.lab(&["reset", "00", "--yes"]));
    let remembered = course.read(".lab/progress.toml");
    assert!(!remembered.contains("metrics-page"), "{remembered}");
}

#[test]
fn a_lesson_without_its_folder_comes_back() {
    let course = SmallCourse::in_git();
    fs::remove_dir_all(course.path("lessons")).unwrap();
    course.commit();
    done(&mut course.lab(&["reset", "item-api", "--yes"]));
    assert_eq!(course.read(MAIN), "fn main() {}");
    assert_eq!(course.read("lessons/00-item-api/lesson.toml"), MANIFEST);
    assert!(!course.path(".lab/kept").exists());
}

#[cfg(unix)]
#[test]
fn the_files_have_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let course = edited();
    done(&mut course.lab(&["reset", "00", "--yes"]));
    course.write("another", "");
    let mode = |path: &str| fs::metadata(course.path(path)).unwrap().permissions().mode();
    assert_eq!(mode(MAIN), mode("another"));
}

#[test]
fn a_lesson_that_is_as_it_was_needs_no_reset() {
    let text = done(&mut SmallCourse::in_git().lab(&["reset", "00"]));
    assert_eq!(text, "lessons/00-item-api is as it was at the start already.\n");
}

#[test]
fn a_copy_without_the_history_is_explained() {
    let course = SmallCourse::new();
    fs::remove_file(course.path(MAIN)).unwrap();
    let output =
        course.lab(&["reset", "00", "--yes"]).env("GIT_CEILING_DIRECTORIES", course.path("..")).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output);
    assert!(text.starts_with("error: some files are not as they were handed out"), "{text}");
    assert!(text.contains(&format!("| {MAIN}\n  | git says: fatal: ")), "{text}");
    assert!(text.replace('\n', " ").contains("A copy from an archive has no git: unpack the archive"), "{text}");
}

#[test]
fn a_machine_without_git_is_explained() {
    let course = edited();
    let output = course.lab(&["reset", "00", "--yes"]).env("PATH", "").output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("git does not run: "), "{}", stderr(&output));
    assert!(stderr(&output).contains("install it if it is missing"), "{}", stderr(&output));
    assert_eq!(course.read(MAIN), "fn main() {\n    serve();\n}\n");
}

#[test]
fn files_that_cannot_be_kept_are_not_replaced() {
    let course = edited();
    course.write(".lab/kept", "a file where the folder should be");
    let output = course.lab(&["reset", "00", "--yes"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).starts_with("error: nothing was changed"), "{}", stderr(&output));
    assert_eq!(course.read(MAIN), "fn main() {\n    serve();\n}\n");
}

#[test]
fn a_folder_in_the_place_of_a_file_makes_room() {
    let course = edited();
    fs::remove_file(course.path(MAIN)).unwrap();
    course.write(&format!("{MAIN}/mod.rs"), "fn main() {}\n");
    done(&mut course.lab(&["reset", "00", "--yes"]));
    assert_eq!(course.read(MAIN), "fn main() {}");
    assert!(kept(&course).join("src/main.rs/mod.rs").is_file());
}

#[test]
fn where_a_file_cannot_be_written_all_are_as_they_were() {
    let course = edited();
    fs::remove_file(course.path(MAIN)).unwrap();
    fs::create_dir_all(course.path(MAIN).join("an empty folder in its place")).unwrap();
    course.write("lessons/00-item-api/Cargo.toml", "# Mine.\n");
    let output = course.lab(&["reset", "00", "--yes"]).output().unwrap();
    assert_eq!(code(&output), 3, "{}", stdout(&output));
    let text = stderr(&output);
    assert!(text.starts_with(&format!("error: {MAIN} cannot be replaced: ")), "{text}");
    assert!(text.contains("All files are as they were."), "{text}");
    assert_eq!(course.read("lessons/00-item-api/Cargo.toml"), "# Mine.\n");
}

#[test]
fn an_unknown_lesson_is_answered_with_those_that_there_are() {
    let output = SmallCourse::new().lab(&["reset", "9"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("  | 00-item-api\n"), "{}", stderr(&output));
}
