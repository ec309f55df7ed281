//! What instructors type is handed over to a program of their own.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::process::Command;

use crate::course::{SmallCourse, code, package, stderr, stdout};

/// An instructor's program that says what it was given.
const ECHO: &str = r#"
fn main() {
    println!("{:?}", std::env::args().skip(1).collect::<Vec<_>>());
    std::process::exit(7);
}
"#;

fn course_with(program: &str) -> SmallCourse {
    let course = SmallCourse::new();
    course.write("shared/instructor/Cargo.toml", &package("instructor"));
    course.write("shared/instructor/src/main.rs", program);
    course
}

#[test]
fn it_is_built_and_given_all_that_was_typed_and_its_exit_code_is_the_answer() {
    let course = course_with(ECHO);
    let output = course.lab(&["verify", "03", "--write-originals", "--help"]).output().unwrap();
    assert_eq!(stdout(&output), "[\"verify\", \"03\", \"--write-originals\", \"--help\"]\n", "{}", stderr(&output));
    assert_eq!(code(&output), 7);
}

#[test]
fn on_first_use_a_line_says_that_it_is_built() {
    let course = course_with(ECHO);
    // Beside a copy of the student's program, as after `cargo lab`.
    let lab = course.path("target/debug").join(format!("lab{}", EXE_SUFFIX));
    fs::create_dir_all(course.path("target/debug")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_lab"), &lab).unwrap();
    let says_so = || {
        let mut command = Command::new(&lab);
        command.arg("verify").current_dir(course.path("")).env("CARGO_TARGET_DIR", course.path("target"));
        let output = command.output().unwrap();
        assert_eq!(code(&output), 7, "{}", stderr(&output));
        stderr(&output).contains("It is built now,")
    };
    assert!(says_so());
    assert!(!says_so());
}

#[test]
fn what_does_not_compile_is_shown_in_the_words_of_the_compiler() {
    let output = course_with("fn main() { nothing() }").lab(&["verify"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("cannot find function `nothing`"), "{}", stderr(&output));
    assert!(stderr(&output).contains("shared/instructor does not compile"), "{}", stderr(&output));
}

#[test]
fn a_copy_of_the_course_without_it_says_so() {
    let output = SmallCourse::new().lab(&["verify"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("is for instructors, and is not in this copy"), "{}", stderr(&output));
}
