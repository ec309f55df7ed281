//! `cargo lab carry`.

use std::fs;

use lab::course::originals::{LIST, blob_id};
use lab::machine::cargo::cargo;

use crate::course::{MANIFEST, SmallCourse, code, done, package, stderr, unwrapped};
#[cfg(unix)]
use crate::pty::Terminal;

const SECOND: &str = r#"
format = 1
name = "01-counter"
title = "Counters"
question = "What is popular?"
minutes = 20
services = []
files = ["src/main.rs"]
learned = "Something."

[[steps]]
check = "cart-additions"
title = "Count"
hints = ["Do it."]
"#;

/// The starter of lesson 00.
const BEGUN: &str =
    "//! `cargo lab run 00`\n\nfn main() {\n    // TODO: serve.\n}\n\nfn name() -> &'static str {\n    \"shop\"\n}\n";

/// The starter of lesson 01: the solution of 00, with TODO comments.
const STARTER: &str = "//! `cargo lab run 01`

// TODO: declare `mod track;`.

fn main() {
    // TODO: count.
    serve(name());
}

fn name() -> &'static str {
    \"shop\"
}

fn serve(name: &str) {
    println!(\"{name}\");
}
";

/// A student's way to do lesson 00.
const MINE: &str = "//! `cargo lab run 00`

fn main() {
    serve(name());
}

fn name() -> &'static str {
    \"my shop\"
}

fn serve(shop: &str) {
    let greeting = format!(\"Welcome to {shop}\");
    println!(\"{greeting}\");
}
";

const MAIN: &str = "lessons/01-counter/src/main.rs";

/// Two lessons. The first is done like this, and the second is not begun.
fn with(mine: &str) -> SmallCourse {
    let course = SmallCourse::new();
    course.write("shared/lab/Cargo.toml", &package("lab"));
    let lessons = [("00-item-api", MANIFEST, BEGUN), ("01-counter", SECOND, STARTER)];
    for (lesson, manifest, code) in lessons {
        course.write(&format!("lessons/{lesson}/Cargo.toml"), &package(&format!("lesson-{lesson}")));
        course.write(&format!("lessons/{lesson}/lesson.toml"), manifest);
        course.write(&format!("lessons/{lesson}/src/main.rs"), code);
    }
    course.write("lessons/01-counter/src/track.rs", "// TODO: a middleware.\n");
    let mut list = String::new();
    for file in ["00-item-api/Cargo.toml", "00-item-api/lesson.toml", "00-item-api/src/main.rs"].into_iter().chain([
        "01-counter/Cargo.toml",
        "01-counter/lesson.toml",
        "01-counter/src/main.rs",
        "01-counter/src/track.rs",
    ]) {
        let path = format!("lessons/{file}");
        let content = fs::read(course.path(&path)).unwrap();
        list += &format!("{}  {path}\n", blob_id(&content));
        // As the course sets it aside, whatever the student makes of the lesson.
        course.write(&path.replacen("lessons", "shared/lab/originals", 1), &String::from_utf8(content).unwrap());
    }
    course.write(LIST, &list);
    course.write("lessons/00-item-api/src/main.rs", mine);
    course
}

#[test]
fn ones_own_code_comes_along_with_the_comments_of_the_next_lesson() {
    let course = with(MINE);
    let says = unwrapped(&done(&mut course.lab(&["carry", "01"])));
    assert!(says.contains("lessons/01-counter begins with your code of 00-item-api now. It compiles."), "{says}");
    assert!(says.contains("`cargo lab restore 01 --from 1` brings them back."), "{says}");
    let expected = MINE
        .replace("run 00", "run 01")
        .replace("\nfn main() {\n", "\n// TODO: declare `mod track;`.\n\nfn main() {\n    // TODO: count.\n");
    assert_eq!(course.read(MAIN), expected);
    assert_eq!(course.read("lessons/01-counter/src/track.rs"), "// TODO: a middleware.\n");
    assert!(course.read("lessons/01-counter/Cargo.toml").contains("name = \"lesson-01-counter\""));
}

#[test]
fn files_and_dependencies_of_ones_own_come_along_and_what_is_done_stays_behind() {
    let course = with(&MINE.replace("fn main() {\n", "mod own;\n\nfn main() {\n    // TODO: serve.\n"));
    course.write("lessons/00-item-api/src/own.rs", "//! Mine.\r\n");
    course.write(
        "lessons/00-item-api/Cargo.toml",
        &format!("{}\n[features]\nmine = []\n", package("lesson-00-item-api")),
    );
    done(&mut course.lab(&["carry", "counter"]));
    assert_eq!(course.read("lessons/01-counter/src/own.rs"), "//! Mine.\n");
    assert!(course.read("lessons/01-counter/Cargo.toml").contains("mine = []"));
    assert!(!course.read(MAIN).contains("TODO: serve"));
}

#[test]
fn code_in_the_same_lines_is_named_and_nothing_changes() {
    let course = with(&MINE.replace("fn main() {\n    serve(name());\n}", "fn main() { serve(name()) }"));
    let output = course.lab(&["carry", "01"]).output().unwrap();
    assert_eq!(code(&output), 1);
    let says = stderr(&output);
    assert!(unwrapped(&says).contains("nothing was changed: your code of 00-item-api and the TODO comments"), "{says}");
    assert!(says.contains("src/main.rs:\n") && says.contains("fn main() { serve(name()) }"), "{says}");
    assert_eq!(course.read(MAIN), STARTER);
    assert!(!course.path(".lab/kept").exists());
}

#[test]
fn code_that_does_not_compile_is_not_carried() {
    let course = with(&MINE.replace("let greeting", "let welcome"));
    let output = course.lab(&["carry", "01"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let says = stderr(&output);
    assert!(unwrapped(&says).contains("nothing was changed: 01-counter does not compile with your code."), "{says}");
    assert!(says.contains("greeting"), "{says}");
    assert_eq!(course.read(MAIN), STARTER);
}

#[test]
fn a_lesson_that_is_begun_is_not_replaced_without_a_yes() {
    let course = with(MINE);
    course.write(MAIN, "fn main() {}\n");
    let output = course.lab(&["carry", "01"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("With --yes it goes on without asking."), "{}", stderr(&output));
    assert_eq!(course.read(MAIN), "fn main() {}\n");
    done(&mut course.lab(&["carry", "01", "--yes"]));
    assert!(course.read(MAIN).contains("my shop"));
    done(&mut course.lab(&["restore", "01", "--yes"]));
    assert_eq!(course.read(MAIN), "fn main() {}\n");
}

/// Cargo tells two packages of one name apart by where they lie in their workspaces.
#[test]
fn what_is_not_carried_is_not_what_cargo_builds_next() {
    let course = with(MINE);
    course.write(MAIN, "fn main() {\n    println!(\"begun\");\n}\n");
    let built = || {
        let mut command = cargo();
        command.args(["run", "--quiet", "--package", "lesson-01-counter"]).current_dir(course.path(""));
        done(command.env("CARGO_TARGET_DIR", course.path("target")))
    };
    assert_eq!(built(), "begun\n");
    let output = course.lab(&["carry", "01"]).output().unwrap();
    assert_eq!(code(&output), 3, "it asks first: {}", stderr(&output));
    assert_eq!(built(), "begun\n");
}

#[test]
fn a_lesson_before_it_that_is_not_done_is_said() {
    let output = with(MINE).lab(&["carry", "01"]).output().unwrap();
    let says = unwrapped(&stderr(&output));
    assert!(says.contains("00-item-api is not done: its step `metrics-page` is open."), "{says}");
}

#[test]
fn the_first_lesson_has_nothing_to_carry() {
    let says = done(&mut with(MINE).lab(&["carry", "00"]));
    assert!(unwrapped(&says).contains("00-item-api is the first lesson"), "{says}");
}

#[test]
fn without_git_nothing_is_merged() {
    let course = with(MINE);
    let output = course.lab(&["carry", "01"]).env("PATH", "").output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("git does not run: "), "{}", stderr(&output));
    assert!(stderr(&output).contains("Install git"), "{}", stderr(&output));
    assert_eq!(course.read(MAIN), STARTER);
}

#[test]
fn an_unknown_lesson_is_answered_with_those_that_there_are() {
    let output = with(MINE).lab(&["carry", "9"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("  | 01-counter\n"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let course = with(MINE);
    course.write(MAIN, "fn main() {}\n");
    let mut terminal = Terminal::with(&course.lab(&["carry", "01"]));
    terminal.wait_for("[y/N");
    terminal.press("\x03");
    assert_eq!(terminal.end(), "130");
    assert_eq!(course.read(MAIN), "fn main() {}\n");
}
