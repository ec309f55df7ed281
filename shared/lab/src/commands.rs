//! What happens on each subcommand.

pub mod check;
pub mod overview;
pub mod run;

use std::env;
use std::path::PathBuf;

use crate::cargo::{self, BuildError};
use crate::cli::{Cli, Command, Which};
use crate::course::{Course, Lesson, Program};
use crate::problem::{Exit, Problem, Result};
use crate::report;

/// Does what was typed.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn run(cli: Cli) -> Result<Exit> {
    let folder = env::current_dir().map_err(|error| Problem::new(format!("there is no current folder: {error}")))?;
    let course = Course::of(&folder)?;
    match cli.command {
        None => overview::run(&course),
        Some(Command::Run(typed)) => run::Run::new(typed, &course)?.run().await,
        Some(Command::Check(typed)) => check::Check::new(typed, &course)?.run().await,
    }
}

/// The program that was typed.
fn program(which: Which, course: &Course) -> Result<Program> {
    let lesson = match which.lesson {
        Some(typed) => course.lesson(&typed)?.clone(),
        None => lesson_at_hand(course)?,
    };
    Ok(Program { lesson, solution: which.solution })
}

/// The lesson whose folder one is in, else the first.
fn lesson_at_hand(course: &Course) -> Result<Lesson> {
    let folder = env::current_dir().unwrap_or_default();
    if let Some(lesson) = course.lesson_of(&folder) {
        return Ok(lesson.clone());
    }
    let first = course.first()?;
    report::note(report::wrapped("", &format!("No lesson is named, so this is the first, {}.\n", first.name())));
    Ok(first.clone())
}

/// Builds a program; shows what the compiler says.
async fn build(course: &Course, program: &Program) -> Result<PathBuf> {
    match cargo::build(course, program).await {
        Ok(built) => {
            if !built.warnings.is_empty() {
                report::note(built.warnings);
            }
            Ok(built.executable)
        }
        Err(BuildError::Code(errors)) => {
            report::note(errors);
            Err(Problem::new(format!("{} does not compile", program.folder()))
                .advice("Fix the first of these errors, and try again: the others may come from it."))
        }
        Err(BuildError::Cargo(words)) => {
            Err(Problem::new(format!("cargo cannot build {}. It says:", program.folder())).quoting(words))
        }
        Err(BuildError::Start(error)) => Err(Problem::new(format!("cargo does not run: {error}"))),
    }
}
