//! `cargo lab book`, with an mdBook that only writes down what it is asked for. `shared/course/tests/book.rs` has the real one.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::course::{SmallCourse, code, stderr, stdout, unwrapped};

const MDBOOK: &str = "#!/bin/sh\necho \"$*\" > \"$(dirname \"$0\")/asked\"\n";

/// A course with a book, and what answers to the name of mdBook.
fn course(mdbook: &str) -> SmallCourse {
    let course = SmallCourse::new();
    course.write("docs/book.toml", "");
    course.write("bin/mdbook", mdbook);
    fs::set_permissions(course.path("bin/mdbook"), fs::Permissions::from_mode(0o755)).unwrap();
    course
}

fn lab(course: &SmallCourse, arguments: &[&str]) -> Command {
    let mut lab = course.lab(arguments);
    lab.env("PATH", format!("{}:/usr/bin:/bin", course.path("bin").display()));
    lab
}

#[test]
fn the_book_is_made_and_opened() {
    let course = course(MDBOOK);
    let output = lab(&course, &["book"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(fs::read_to_string(course.path("bin/asked")).unwrap(), "build docs --open\n");
    assert!(stdout(&output).contains("target/book/index.html"), "{}", stdout(&output));
}

#[test]
fn no_browser_opens_where_none_is_wanted() {
    let course = course(MDBOOK);
    let output = lab(&course, &["book", "--no-open"]).output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    assert_eq!(fs::read_to_string(course.path("bin/asked")).unwrap(), "build docs\n");
}

#[test]
fn without_mdbook_it_says_how_to_get_it_and_where_the_text_is() {
    let course = course(MDBOOK);
    fs::remove_file(course.path("bin/mdbook")).unwrap();
    let output = lab(&course, &["book"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let says = unwrapped(&stderr(&output));
    for words in ["mdBook is not installed", "cargo install mdbook --locked", "docs/src/SUMMARY.md"] {
        assert!(says.contains(words), "{says}");
    }
}

#[test]
fn what_keeps_mdbook_from_it_is_told() {
    let course = course("#!/bin/sh\necho \"ERROR the link nowhere.md leads to no file\" >&2\nexit 101\n");
    let output = lab(&course, &["book"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("the link nowhere.md leads to no file"), "{}", stderr(&output));
}

#[test]
fn a_copy_without_the_book_says_so() {
    let course = SmallCourse::new();
    let output = course.lab(&["book"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("the book is not in this copy of the course"), "{}", stderr(&output));
}
