//! What can be typed. `cargo lab` lists the same subcommands in its own help, and hands them over.

use std::env;

use clap::{Parser, Subcommand};
use lab::course::Course;
use lab::problem::{Exit, Problem, Result};

use crate::commands::{diff, verify};

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
    /// Compare a student's code and page with the solution, or any two pages
    ///
    /// The code: line by line, from yours to the solution (or, with --starter, to the lesson as it is handed out, or, with
    /// --step N, to the code after so many steps). Names of crates are no difference.
    ///
    /// The pages: both programs are built and started, each on a database of its own, and get the same requests. Then it
    /// says what their pages differ in: metrics, types, labels and their values, buckets, and values that the same requests
    /// must make the same. Order, the words of help texts, and what the machine decides (times, memory, CPU) are no
    /// differences. The exporters of lesson 05 watch the same PostgreSQL; each batch job of lesson 06 has a Pushgateway of
    /// its own. Both have to be installed.
    ///
    /// With --student, the code of somebody else is built and run as it is, with all that you may do on this machine.
    /// --no-pages only reads it.
    ///
    /// The exit code is 0 when nothing differs, 1 when something does, 2 when something was typed wrongly, and 3 when
    /// something could not be compared: a program that does not build or start, or a server that is not installed. The
    /// difference of the code is shown all the same.
    Diff(diff::Typed),
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
            Command::Diff(typed) => diff::run(typed, &course),
        }
    }
}
