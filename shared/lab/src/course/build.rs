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

/// Why there is no program. What the compiler says is shown elsewhere.
pub fn not_built(course: &Course, program: &Program, error: BuildError) -> Problem {
    match error {
        BuildError::Code(_) => {
            let first = "Fix the first of these errors, and try again: the others may come from it.";
            Problem::new(format!("{} does not compile", program.folder())).advice(advice(course, program, first))
        }
        BuildError::Cargo(words) => Problem::new(format!("cargo cannot build {}. It says:", program.folder()))
            .quoting(words)
            .advice(advice(course, program, "")),
        BuildError::Start(error) => Problem::new(format!("cargo does not run: {error}")),
    }
}

/// What to do about a program that cannot be built. A file that the course came with may be gone.
fn advice(course: &Course, program: &Program, otherwise: &str) -> String {
    let missing = course.originals().missing(course.root(), &program.lesson);
    match missing.first() {
        Some(path) if !program.solution => format!(
            "{path} is gone. `cargo lab reset {}` puts the lesson back as it was at the start, and keeps your files.",
            program.lesson.number()
        ),
        _ => otherwise.to_owned(),
    }
}
