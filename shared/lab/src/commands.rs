//! What happens on each subcommand.

pub mod check;
pub mod doctor;
pub mod down;
pub mod hint;
pub mod load;
pub mod logs;
pub mod overview;
pub mod reset;
pub mod run;
pub mod solve;
pub mod up;
pub mod watch;

use std::env;
use std::path::PathBuf;

use crate::cargo::{self, BuildError};
use crate::cli::{Cli, Command, Which};
use crate::course::{Course, Lesson, Program};
use crate::current::{self, Reason};
use crate::problem::{Exit, Problem, Result};
use crate::report;
use crate::state::Store;

/// Does what was typed.
///
/// # Errors
///
/// Why it cannot be done.
pub async fn run(cli: Cli) -> Result<Exit> {
    let folder = env::current_dir().map_err(|error| Problem::new(format!("there is no current folder: {error}")))?;
    let course = Course::of(&folder)?;
    match cli.command {
        None => overview::run(cli.overview, &course),
        Some(Command::Run(typed)) => run::Run::new(typed, &course)?.run().await,
        Some(Command::Check(typed)) => check::Check::new(typed, &course)?.run().await,
        Some(Command::Hint(typed)) => hint::run(typed, &course),
        Some(Command::Reset(typed)) => reset::run(&typed, &course),
        Some(Command::Solve(typed)) => solve::run(&typed, &course),
        Some(Command::Load(typed)) => load::Load::new(typed)?.run().await,
        Some(Command::Doctor(typed)) => Ok(doctor::run(&typed, &course).await),
        Some(Command::Up(typed)) => up::run(typed, &course).await,
        Some(Command::Down(typed)) => down::run(&typed, &course).await,
        Some(Command::Logs(typed)) => logs::run(&typed, &course).await,
        Some(Command::Watch(typed)) => watch::Watch::new(typed, &course)?.run().await,
    }
}

/// The program that was typed.
fn program(which: Which, course: &Course) -> Result<Program> {
    Ok(Program { lesson: lesson(which.lesson.as_deref(), course)?, solution: which.solution })
}

/// The lesson that was typed, else the one at hand.
fn lesson(typed: Option<&str>, course: &Course) -> Result<Lesson> {
    match typed {
        Some(typed) => course.lesson(typed).cloned(),
        None => lesson_at_hand(course),
    }
}

/// The current lesson. Says which one that is, unless one is in its folder.
fn lesson_at_hand(course: &Course) -> Result<Lesson> {
    let folder = env::current_dir().unwrap_or_default();
    let (state, notice) = Store::of(course).read();
    report::notice(notice.as_ref());
    let (lesson, reason) = current::lesson(course, &state, &folder)?;
    let which = match reason {
        Reason::Folder => return Ok(lesson),
        Reason::CheckedLast => "the one that you checked last",
        Reason::FirstOpen => "the first that is not done",
        Reason::AllDone => "the last, since all are done",
    };
    report::note(report::wrapped("", &format!("No lesson is named, so this is {which}: {}.\n", lesson.name())));
    Ok(lesson)
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
        Err(error) => {
            if let BuildError::Code(errors) = &error {
                report::note(errors);
            }
            Err(not_built(course, program, error))
        }
    }
}

/// Why there is no program. What the compiler says is shown elsewhere.
fn not_built(course: &Course, program: &Program, error: BuildError) -> Problem {
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
