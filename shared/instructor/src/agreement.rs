//! A lesson's tests, its `lesson.toml`, its TODO comments and its way name the same steps.
//!
//! Each rule is a function: it returns what breaks it, and nothing if all is well.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, anyhow};
use checks::lessons;
use lab::course::manifest::Manifest;
use lab::course::{Course, Lesson, Program};
use walkdir::WalkDir;

use crate::starters::files;
use crate::steps::Walk;
use crate::texts;

/// The tests of a lesson.
const TESTS: &str = "tests/checks.rs";
/// How a test of them names its check.
const CALL: &str = "LESSON.check(\"";
/// How `cargo lab new` marks what is left to write.
pub const FILL_IN: &str = "FILL IN";
/// How a TODO comment names its steps, such as `TODO (step 1)`, `TODO (steps 1, 3 and 5)` or `TODO (steps 1 to 4)`.
const TODO: [&str; 2] = ["TODO (step ", "TODO (steps "];

/// `tests/checks.rs` has a test for each check, in the order of the steps.
///
/// # Errors
///
/// When it cannot be read.
pub fn tests(course: &Course, lesson: &Lesson) -> Result<Vec<String>> {
    let path = format!("lessons/{}/{TESTS}", lesson.name());
    let text = fs::read_to_string(course.root().join(&path)).with_context(|| format!("cannot read {path}"))?;
    let named: Vec<_> = text.split(CALL).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let checks: Vec<_> = lessons::of(lesson.name()).map(|check| check.name).collect();
    let fault = format!("{path} tests {}, but the checks are {}", named.join(", "), checks.join(", "));
    Ok((named != checks).then_some(fault).into_iter().collect())
}

/// Each step has a title and hints, and what is to be edited is there.
///
/// # Errors
///
/// When `lesson.toml` cannot be read.
pub fn manifest(course: &Course, lesson: &Lesson) -> Result<Vec<String>> {
    let manifest =
        Manifest::read(course, lesson).map_err(|problem| anyhow!("{}\n{}", problem.message, problem.quoted))?;
    let mut faults = Vec::new();
    for step in &manifest.steps {
        if step.hints.is_empty() || step.hints.iter().any(|hint| hint.trim().is_empty()) {
            faults.push(format!("the step {} has no hint, or an empty one", step.check.name));
        }
        if step.title.trim().is_empty() {
            faults.push(format!("the step {} has no title", step.check.name));
        }
    }
    let solution = Program { lesson: lesson.clone(), solution: true };
    let gone = manifest.files.iter().filter(|file| !course.root().join(solution.folder()).join(file).is_file());
    faults.extend(
        gone.map(|file| format!("{} has no {file}, which lesson.toml tells students to edit", solution.folder())),
    );
    Ok(faults)
}

/// How the text of a lesson says of a step that a student who did those before it well has nothing to do.
const NOTHING: &str = "Nothing";

/// Each step for which there is something to write is named by a TODO comment, and no comment names a step that is not there.
///
/// # Errors
///
/// When the text or a file cannot be read.
pub fn todo_comments(course: &Course, lesson: &Lesson) -> Result<Vec<String>> {
    let starter = Program { lesson: lesson.clone(), solution: false };
    let code = files(course.root(), &starter, "src")?;
    let named: BTreeSet<_> = code.values().flat_map(|text| steps_of_todo_comments(text)).collect();
    let text = texts::of_lesson(course.root(), lesson.name())?.content;
    let checks: Vec<_> = lessons::of(lesson.name()).collect();
    let to_write = checks.iter().zip(1..).filter(|(_, number)| !text.contains(&format!("| {number} | {NOTHING}")));
    let without = to_write.filter(|(_, number)| !named.contains(number));
    let without = without.map(|(check, number)| format!("no TODO comment names step {number}, {}", check.name));
    let unknown = named.iter().filter(|number| **number == 0 || **number > checks.len());
    let unknown = unknown.map(|number| format!("a TODO comment names step {number}, but there are {}", checks.len()));
    Ok(without.chain(unknown).collect())
}

/// What `cargo lab new` has left to fill in is filled in.
///
/// # Errors
///
/// When a file cannot be read.
pub fn filled_in(course: &Course, lesson: &Lesson) -> Result<Vec<String>> {
    let root = course.root();
    let crates = Program::both(lesson).map(|program| root.join(program.folder()));
    let elsewhere = [Walk::path(lesson.name()), check_of(lesson)].map(|path| root.join(path));
    let mut faults = Vec::new();
    for entry in crates.iter().chain(&elsewhere).flat_map(WalkDir::new).flatten() {
        if !entry.file_type().is_file() {
            continue;
        }
        let text = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
        let path = entry.path().strip_prefix(root)?.display();
        let marked = String::from_utf8_lossy(&text)
            .lines()
            .zip(1..)
            .filter(|(line, _)| line.contains(FILL_IN))
            .map(|(_, number)| format!("{path}, line {number}"))
            .collect::<Vec<_>>();
        faults.extend(marked);
    }
    Ok(faults)
}

/// Where the check of a new lesson is.
fn check_of(lesson: &Lesson) -> String {
    let topic = lesson.name().trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    format!("shared/checks/src/lessons/{}.rs", topic.replace('-', "_"))
}

fn steps_of_todo_comments(text: &str) -> BTreeSet<usize> {
    let comments = TODO.iter().flat_map(|begin| text.split(begin).skip(1));
    comments.filter_map(|rest| rest.split(')').next()).flat_map(steps).collect()
}

/// The numbers of a list such as `1, 3 and 5` or `1 to 4`.
fn steps(list: &str) -> Vec<usize> {
    if let Some((first, last)) = list.split_once(" to ")
        && let (Ok(first), Ok(last)) = (first.parse(), last.parse())
    {
        return (first..=last).collect();
    }
    list.split([',', ' ']).filter_map(|number| number.parse().ok()).collect()
}
