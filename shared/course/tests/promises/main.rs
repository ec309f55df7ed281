//! A sentence that promises something of the student's program has a check that holds it, and a mistake that breaks it.
//!
//! `promises/` has a table for each lesson. A sentence of its README or its `lesson.toml` that promises or warns has a row
//! there, and each row has a sentence, a check and a mistake that exist. When a text changes, this test prints the rows
//! to add, to be completed by hand, and those to remove.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod table;
mod text;

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;

use crate::table::Table;

/// What is read of a lesson's `lesson.toml`.
#[derive(Deserialize)]
struct Manifest {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    title: String,
    hints: Vec<String>,
}

#[test]
fn every_promise_has_a_check_and_a_mistake() {
    let faults: Vec<_> = lessons().iter().flat_map(|lesson| faults(lesson)).collect();
    assert!(faults.is_empty(), "\n\n{}\n", faults.join("\n\n"));
}

/// The names of the lessons' folders.
fn lessons() -> BTreeSet<String> {
    let folders = fs::read_dir(course::path("lessons")).unwrap().map(Result::unwrap);
    let lessons: BTreeSet<_> = folders.map(|folder| folder.file_name().into_string().unwrap()).collect();
    assert!(lessons.contains("06-pushgateway"), "{lessons:?}");
    lessons
}

fn faults(lesson: &str) -> Vec<String> {
    let promises = promises(lesson);
    let table = Table::of(lesson);
    let mut faults = table.without_row(&promises);
    faults.extend(table.rows_without_sentence(&promises));
    faults.extend(table.rows_that_hold_nothing());
    faults
}

/// The promises of a lesson, as the solution's copy has them: a student may write into the other one.
fn promises(lesson: &str) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(course::path(&format!("solutions/{lesson}/{name}"))).unwrap();
    let mut promises = text::of_readme(&read("README.md"));
    let manifest: Manifest = toml::from_str(&read("lesson.toml")).unwrap();
    for step in manifest.steps {
        let sentences = step.hints.iter().chain([&step.title]).flat_map(|text| text::sentences(text));
        promises.extend(sentences.filter(|sentence| text::is_promise(sentence)));
    }
    promises
}
