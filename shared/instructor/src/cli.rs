//! What can be typed. `cargo lab` lists the same subcommands in its own help, and hands them over.

use std::env;

use clap::{Parser, Subcommand};
use lab::course::Course;
use lab::problem::{Exit, Problem, Result};

use crate::commands::{propagate, verify};

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
    /// Carry a change of a lesson through all lessons that come after it
    ///
    /// Change the starter or the solution of a lesson, or what lessons share, and commit nothing yet. This merges the change
    /// into each later starter and solution, and into the steps, mistakes and right ways that find their places in them.
    /// The merge is git's own, with the last commit as what both come from.
    ///
    /// It happens in a second working tree. Each stage that changed is built there, and judged: a starter asks for its first
    /// step, a solution passes. Then come the rules of `cargo lab verify`. Nothing is written without --write, and nothing
    /// at all unless everything holds.
    ///
    /// At a conflict it stops. With --write, git's marks are then in your files: resolve them, and type
    /// `cargo lab propagate --continue`, or --abort, which puts back all files as they were. The same two are for an
    /// interruption, whenever it comes.
    ///
    /// The exit code is 0 when all is well, and 1 when there is something for you to do.
    Propagate(propagate::Typed),
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
            Command::Propagate(typed) => propagate::run(&typed, &course),
        }
    }
}
