//! A lesson's program, built.

use std::path::PathBuf;

use super::{Course, Program};
use crate::machine::cargo::{self, BuildError};
use crate::problem::{Problem, Result};
use crate::screen::report;

/// Builds a program, and shows what the compiler says.
///
/// # Errors
///
/// When it cannot be built.
pub async fn build(course: &Course, program: &Program) -> Result<PathBuf> {
    match cargo::build(course.root(), &program.package()).await {
        Ok(built) => {
            if !built.warnings.is_empty() {
                report::note(built.warnings);
            }
            Ok(built.executable)
        }
        Err(error) => {
            if let BuildError::Code(errors) = &error {
                report::note(errors);
            }
            Err(not_built(course, program, error))
        }
    }
}

/// Why there is no program, and what to do. What the compiler says is shown elsewhere.
pub fn not_built(course: &Course, program: &Program, error: BuildError) -> Problem {
    let is_cargo_there = !matches!(error, BuildError::Start(_));
    let problem = error.into_problem(&program.folder());
    let missing = course.originals().missing(course.root(), &program.lesson);
    match missing.first() {
        Some(path) if is_cargo_there && !program.solution => problem.advice(format!(
            "{path} is gone. `cargo lab reset {}` puts the lesson back as it was at the start, and keeps your files.",
            program.lesson.number()
        )),
        _ => problem,
    }
}
