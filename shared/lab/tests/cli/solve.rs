//! `cargo lab solve`.

use std::fs;

use insta::assert_snapshot;

use crate::course::{code, done, shown, stderr};
use crate::reset::{edited, kept, without_time};

const MAIN: &str = "lessons/00-item-api/src/main.rs";

#[test]
fn the_solution_takes_the_place_of_the_code_under_the_lessons_own_name() {
    let course = edited();
    let text = shown(&mut course.lab(&["solve", "00", "--yes"]));
    assert_snapshot!(without_time(&text, &course));
    assert_eq!(course.read(MAIN), "//! `cargo lab run 00`\n\nfn main() {}\n");
    assert!(course.read("lessons/00-item-api/Cargo.toml").contains("name = \"lesson-00-item-api\""));
    assert_eq!(fs::read_to_string(kept(&course).join("src/main.rs")).unwrap(), "fn main() {\n    serve();\n}\n");
}

#[test]
fn what_is_no_code_stays() {
    let course = edited();
    course.write("lessons/00-item-api/notes.md", "My notes.\n");
    done(&mut course.lab(&["solve", "00", "--yes"]));
    assert_eq!(course.read("lessons/00-item-api/notes.md"), "My notes.\n");
}

#[test]
fn a_second_time_there_is_nothing_to_do() {
    let course = edited();
    done(&mut course.lab(&["solve", "00", "--yes"]));
    assert_eq!(done(&mut course.lab(&["solve", "00"])), "lessons/00-item-api has the solution already.\n");
}

#[test]
fn a_solution_that_is_missing_is_explained() {
    let course = edited();
    fs::remove_dir_all(course.path("solutions")).unwrap();
    let output = course.lab(&["solve", "00", "--yes"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("git restore solutions/00-item-api"), "{}", stderr(&output));
    assert_eq!(course.read(MAIN), "fn main() {\n    serve();\n}\n");
}
