//! Nothing is built twice: whoever asks for a library gets it with the features that everybody else has it with.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::process::Stdio;

use lab::machine::cargo;

const STUDENT: [&str; 3] = ["--package", "lab", "--edges=normal"];
const STUDENT_IN_A_LESSON: [&str; 5] = ["--package", "lab", "--package", "lesson-*", "--edges=normal"];
/// Without a package: all that `cargo test` builds, the instructor's commands among it.
const ALL: [&str; 1] = ["--edges=normal,dev"];

#[test]
fn a_lesson_needs_nothing_that_cargo_lab_has_with_other_features() {
    assert_built_once(&STUDENT, &STUDENT_IN_A_LESSON);
}

#[test]
fn the_instructors_commands_and_the_tests_need_nothing_that_cargo_lab_has_with_other_features() {
    assert_built_once(&STUDENT, &ALL);
}

fn assert_built_once(first: &[&str], then: &[&str]) {
    let (first, then) = (libraries(first), libraries(then));
    assert!(!first.is_empty() && !then.is_empty());
    let again: Vec<_> = first.difference(&then).map(|library| name_and_version(library)).collect();
    let others: Vec<_> = then.iter().filter(|library| again.contains(&name_and_version(library))).collect();
    assert!(again.is_empty(), "shared/lab/Cargo.toml has to ask for these features:\n{others:#?}");
}

fn name_and_version(library: &str) -> &str {
    library.split_once(" [").map_or(library, |(name, _)| name)
}

/// Each library with its version and its features, as cargo would build it for these packages.
fn libraries(of: &[&str]) -> BTreeSet<String> {
    let mut tree = cargo::cargo();
    tree.args(["tree", "--offline", "--locked", "--prefix=none", "--format={p} [{f}]"]).args(of);
    let output = tree.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).filter(|line| !line.is_empty()).collect()
}
