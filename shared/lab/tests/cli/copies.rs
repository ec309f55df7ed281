//! Copies of the course as students get them: a shallow clone, an archive without git, a clone on Windows.

use std::fs;
use std::process::Command;

use crate::course::{MANIFEST, SmallCourse, code, done, stderr, unwrapped};
use crate::shops::WITHOUT_METRICS;

const MAIN: &str = "lessons/00-item-api/src/main.rs";
const SOLUTION: &str = "//! `cargo lab run 00`\n\nfn main() {}\n";
const ATTRIBUTES: &str = include_str!("../../../../.gitattributes");

/// A course in git with some history, and with the starter's own code set aside.
fn published() -> SmallCourse {
    let course = SmallCourse::new();
    course.write("shared/lab/originals/00-item-api/src/main.rs", &course.read(MAIN));
    course.write("solutions/00-item-api/lesson.toml", MANIFEST);
    course.write(".gitattributes", ATTRIBUTES);
    course.git(&["init", "--quiet"]);
    course.commit();
    course.write("README.md", "A course.\n");
    course.commit();
    course
}

/// A clone of it, by a URL, since git takes no notice of `--depth` when it clones a folder.
fn cloned(course: &SmallCourse, options: &[&str]) -> SmallCourse {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", course.path("").display());
    let mut git = Command::new("git");
    let status = git.args(["clone", "--quiet"]).args(options).arg(url).arg(folder.path()).status().unwrap();
    assert!(status.success(), "{options:?}");
    SmallCourse::at(folder)
}

/// What is in an archive of it.
fn unpacked(course: &SmallCourse) -> SmallCourse {
    let folder = tempfile::tempdir().unwrap();
    course.git(&["archive", "--output", "course.tar", "HEAD"]);
    let tar = Command::new("tar").arg("xf").arg(course.path("course.tar")).arg("-C").arg(folder.path()).status();
    assert!(tar.unwrap().success());
    SmallCourse::at(folder)
}

/// The program on a machine without git, and without anything else.
fn lab_without_git(course: &SmallCourse, arguments: &[&str]) -> Command {
    let mut command = course.lab(arguments);
    command.env("PATH", "");
    command
}

#[test]
fn in_a_shallow_clone_a_lesson_is_solved_and_put_back_even_if_that_is_committed() {
    let course = cloned(&published(), &["--depth", "1"]);
    done(&mut course.lab(&["solve", "00", "--yes"]));
    assert_eq!(course.read(MAIN), SOLUTION);
    course.commit();
    done(&mut course.lab(&["reset", "00", "--yes"]));
    assert_eq!(course.read(MAIN), "fn main() {}");
}

#[test]
fn in_a_shallow_clone_git_has_what_a_student_has_changed_in_the_course_itself() {
    let course = cloned(&published(), &["--depth", "1"]);
    for folder in ["lessons", "solutions", "shared/lab/originals"] {
        fs::remove_dir_all(course.path(folder)).unwrap();
    }
    course.commit();
    done(&mut course.lab(&["reset", "00", "--yes"]));
    assert_eq!(course.read(MAIN), "fn main() {}");
    assert_eq!(course.read("lessons/00-item-api/lesson.toml"), MANIFEST);
}

#[test]
fn without_git_a_lesson_is_solved_and_put_back() {
    let course = unpacked(&published());
    let manifest = course.read("lessons/00-item-api/Cargo.toml");
    done(&mut lab_without_git(&course, &["solve", "00", "--yes"]));
    assert_eq!(course.read(MAIN), SOLUTION);
    fs::remove_file(course.path("lessons/00-item-api/Cargo.toml")).unwrap();
    course.write("lessons/00-item-api/lesson.toml", "no manifest");
    done(&mut lab_without_git(&course, &["reset", "00", "--yes"]));
    assert_eq!(course.read(MAIN), "fn main() {}");
    assert_eq!(course.read("lessons/00-item-api/Cargo.toml"), manifest);
    assert_eq!(course.read("lessons/00-item-api/lesson.toml"), MANIFEST);
}

#[test]
fn without_git_a_lesson_is_put_back_from_what_solve_has_kept() {
    // No list of contents is set aside here, and the solution differs.
    let course = SmallCourse::new();
    let promise = "`cargo lab reset 00` begins anew.";
    assert!(unwrapped(&done(&mut lab_without_git(&course, &["solve", "00", "--yes"]))).contains(promise));
    done(&mut lab_without_git(&course, &["reset", "00", "--yes"]));
    assert_eq!(course.read(MAIN), "fn main() {}");
}

#[test]
fn without_git_a_reset_that_is_not_possible_is_not_promised() {
    let course = SmallCourse::with_program("fn main() { serve(); }");
    let text = unwrapped(&done(&mut lab_without_git(&course, &["solve", "00", "--yes"])));
    assert!(text.contains("`cargo lab check 00`") && !text.contains("begins anew"), "{text}");
}

#[test]
fn without_git_the_overview_and_hints_are_as_ever() {
    let course = unpacked(&published());
    assert!(done(&mut lab_without_git(&course, &[])).contains("00-item-api"));
    assert!(done(&mut lab_without_git(&course, &["hint", "00"])).contains("Do it."));
}

#[test]
fn a_copy_from_an_archive_is_judged() {
    let course = unpacked(&published());
    course.write(MAIN, WITHOUT_METRICS);
    let output = course.lab(&["check", "00"]).env("GIT_CEILING_DIRECTORIES", course.path("..")).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
}

#[test]
fn without_git_all_that_is_nowhere_to_be_found_is_named_before_anything_is_changed() {
    let course = unpacked(&published());
    course.write("solutions/00-item-api/Cargo.toml", "changed");
    fs::remove_dir_all(course.path("shared/lab/originals")).unwrap();
    for file in ["Cargo.toml", "lesson.toml", "src/main.rs"] {
        course.write(&format!("lessons/00-item-api/{file}"), "changed");
    }
    let output = lab_without_git(&course, &["reset", "00", "--yes"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output);
    assert!(text.contains("| lessons/00-item-api/Cargo.toml\n  | lessons/00-item-api/src/main.rs\n"), "{text}");
    assert!(text.contains("| git does not run: "), "{text}");
    assert!(text.replace('\n', " ").contains("unpack the archive once more"), "{text}");
    assert!(!text.contains("lesson.toml"), "the solution has that: {text}");
    assert_eq!(course.read("lessons/00-item-api/lesson.toml"), "changed");
    assert!(!course.path(".lab/kept").exists());
}

#[test]
fn in_a_clone_as_on_windows_every_file_is_the_same_to_the_byte() {
    let course = published();
    let image = b"\x89PNG\r\n\x1a\n\nno text at all\n";
    fs::write(course.path("image.png"), image).unwrap();
    for name in ["migration.sql", "run", "page.snap", "drawing.svg"] {
        course.write(name, "one line\nanother\n");
    }
    course.commit();
    let copy = cloned(&course, &["--config", "core.autocrlf=true", "--config", "core.eol=crlf"]);
    for name in ["migration.sql", "run", "page.snap", "drawing.svg", "lessons/00-item-api/lesson.toml"] {
        assert_eq!(copy.read(name), course.read(name), "{name}");
    }
    assert_eq!(fs::read(copy.path("image.png")).unwrap(), image);
}

#[test]
fn other_line_ends_are_no_change() {
    let course = SmallCourse::new();
    for file in ["Cargo.toml", "lesson.toml"] {
        let path = format!("lessons/00-item-api/{file}");
        course.write(&path, &course.read(&path).replace('\n', "\r\n"));
    }
    let text = done(&mut course.lab(&["reset", "00"]));
    assert_eq!(text, "lessons/00-item-api is as it was at the start already.\n");
}
