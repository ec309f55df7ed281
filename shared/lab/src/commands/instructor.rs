//! The instructor's subcommands. They are a program of their own, in `shared/instructor`, so that a student's first build
//! does not pay for it: it is built when one of them is typed, and handed what was typed.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use tokio::process::Command;

use crate::course::{Course, INSTRUCTOR};
use crate::machine::cargo::{self, BuildError};
use crate::machine::foreground;
use crate::problem::{Exit, Problem, Result};
use crate::screen::report;

/// The package, and its program.
const PACKAGE: &str = "instructor";

/// What instructors type.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// For instructors: prove that the course is sound
    ///
    /// `cargo lab verify --help` says more.
    Verify(Typed),
    /// For instructors: make the skeleton of a new lesson
    ///
    /// `cargo lab new --help` says more.
    New(Typed),
    /// For instructors: write the exercise branches
    ///
    /// `cargo lab branches --help` says more.
    Branches(Typed),
    /// For instructors: carry a change of a lesson through all that come after it
    ///
    /// `cargo lab propagate --help` says more.
    Propagate(Typed),
    /// For instructors: fetch all that a room with a bad network needs
    ///
    /// `cargo lab prefetch --help` says more.
    Prefetch(Typed),
    /// Compare your code and your page with the solution, or any two pages
    ///
    /// `cargo lab diff --help` says more.
    Diff(Typed),
    /// For instructors: judge what a class has handed in, and give points
    ///
    /// `cargo lab grade --help` says more.
    Grade(Typed),
}

/// What was typed behind the name of the subcommand.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Typed {
    /// See `--help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

/// Builds the instructor's program, and runs it with what was typed. The exit code is its own.
///
/// # Errors
///
/// When this copy of the course has no such program, or it cannot be built or started.
pub async fn run(subcommand: Subcommand, course: &Course) -> Result<Exit> {
    let (name, Typed { arguments }) = match subcommand {
        Subcommand::New(typed) => ("new", typed),
        Subcommand::Prefetch(typed) => ("prefetch", typed),
        Subcommand::Verify(typed) => ("verify", typed),
        Subcommand::Branches(typed) => ("branches", typed),
        Subcommand::Propagate(typed) => ("propagate", typed),
        Subcommand::Diff(typed) => ("diff", typed),
        Subcommand::Grade(typed) => ("grade", typed),
    };
    if !course.root().join(INSTRUCTOR).is_dir() {
        return Err(Problem::usage(format!(
            "`cargo lab {name}` is for instructors, and is not in this copy of the course"
        ))
        .advice(format!("Get the whole course: it has the folder {INSTRUCTOR}.")));
    }
    if !is_built() {
        report::note(report::wrapped(
            "",
            "The instructor's commands are a program of their own. It is built now, on first use.",
        ));
    }
    let executable = build(course).await?;
    let mut command = Command::new(executable);
    command.arg(name).args(arguments);
    foreground::run(command).await
}

async fn build(course: &Course) -> Result<PathBuf> {
    match cargo::build(course.root(), PACKAGE).await {
        Ok(built) => Ok(built.executable),
        Err(error) => {
            if let BuildError::Code(errors) = &error {
                report::note(errors);
            }
            Err(error.into_problem(INSTRUCTOR))
        }
    }
}

/// Whether it is there already, beside this program.
fn is_built() -> bool {
    env::current_exe().is_ok_and(|lab| lab.with_file_name(format!("{PACKAGE}{EXE_SUFFIX}")).is_file())
}
