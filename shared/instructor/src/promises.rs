//! A sentence that promises something of the student's program has a check that holds it, and a mistake that breaks it.
//!
//! `shared/course/promises/` has a table for each lesson. A sentence of its README or its `lesson.toml` that promises or
//! warns has a row there, and each row has a sentence, a check and a mistake that exist.

mod table;
pub mod text;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use table::Table;

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

/// What is wrong with the table of a lesson such as `01-counter`: the rows to add, to be completed by hand, those to
/// remove, and those that hold nothing.
///
/// # Errors
///
/// When a text or the table cannot be read.
pub fn faults(root: &Path, lesson: &str) -> Result<Vec<String>> {
    let promises = promises(root, lesson)?;
    let table = Table::of(root, lesson)?;
    let mut faults = table.without_row(&promises);
    faults.extend(table.rows_without_sentence(&promises));
    faults.extend(table.rows_that_hold_nothing(root)?);
    Ok(faults)
}

/// The promises of a lesson, as the solution's copy has them: a student may write into the other one.
fn promises(root: &Path, lesson: &str) -> Result<Vec<String>> {
    let read = |name: &str| {
        let path = format!("solutions/{lesson}/{name}");
        fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))
    };
    let mut promises = text::of_readme(&read("README.md")?);
    let manifest: Manifest = toml::from_str(&read("lesson.toml")?)?;
    for step in manifest.steps {
        let sentences = step.hints.iter().chain([&step.title]).flat_map(|text| text::sentences(text));
        promises.extend(sentences.filter(|sentence| text::is_promise(sentence)));
    }
    Ok(promises)
}
