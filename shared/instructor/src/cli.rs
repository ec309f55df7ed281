//! What can be typed. `cargo lab` lists the same subcommands in its own help, and hands them over.

use std::env;

use clap::{Parser, Subcommand};
use lab::course::Course;
use lab::problem::{Exit, Problem, Result};

use crate::commands::{branches, verify};

/// The instructor's subcommands of `cargo lab`.
#[derive(Debug, Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", max_term_width = 80)]
pub struct Cli {
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prove that the course is sound
    ///
    /// Each lesson starts where the one before it ends, with TODO comments and nothing else. A lesson and its solution
    /// are the same crate: the same files, tests, texts and manifest. The way in shared/course/steps leads from the one
    /// to the other. And what `cargo lab` takes for the original of a lesson is what the lesson is now.
    ///
    /// Beside each lesson stands how many lines a student writes: those that the solution adds to the starter's `src`, as
    /// `git diff --numstat` counts them. docs/src/measurements.md has them as a table.
    ///
    /// What is wrong is shown as a difference. The exit code is 0 when all is well, and 1 when it is not.
    Verify(verify::Typed),
    /// Write the exercise branches, one per lesson and one per solution
    ///
    /// On `lesson/NN-name` a student finds what that lesson needs, and no solution. `solution/NN-name` is the same, plus a
    /// commit for each step of the lesson, with the step's title. A step that the ones before it have done already is a
    /// commit that changes nothing. `git diff lesson/NN-name solution/NN-name` is the solution.
    ///
    /// They are made of what is committed in the course, and refused while something of that is not. The same content gives
    /// the same commits, whoever makes them, wherever and whenever, so that only what has changed moves. Files, index and
    /// current branch of the repositories are not touched, and all branches move, or none.
    ///
    /// A branch that holds somebody's commits is never moved, nor one that is checked out in some folder.
    ///
    /// With --check nothing is written. The exit code is 0 when the branches are up to date, and 1 when they are not.
    /// A branch that is only in another repository, as `origin/lesson/03-histogram`, is looked at there: that is how a clone
    /// in CI has it.
    Branches(branches::Typed),
}

impl Cli {
    /// Does what was typed.
    ///
    /// # Errors
    ///
    /// Why it cannot be done.
    pub fn run(self) -> Result<Exit> {
        let folder =
            env::current_dir().map_err(|error| Problem::new(format!("there is no current folder: {error}")))?;
        let course = Course::of(&folder)?;
        match self.command {
            Command::Verify(typed) => verify::run(&typed, &course),
            Command::Branches(typed) => branches::run(&typed, &course),
        }
    }
}
