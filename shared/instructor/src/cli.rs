//! What can be typed. `cargo lab` lists the same subcommands in its own help, and hands them over.

use std::env;

use clap::{Parser, Subcommand};
use lab::course::Course;
use lab::problem::{Exit, Problem, Result};

use crate::commands::{grade, verify};

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
    /// Judge what a class has handed in, and give points
    ///
    /// What students wrote runs in a sandbox, when it is built and when it is judged. Of each submission, the source code
    /// of the lessons counts: tests, manifests and lesson.toml are the original ones, and where they differ, the report
    /// says so. Each step of a lesson is worth a point, or the `weight` that its lesson.toml gives it.
    ///
    /// What was judged is kept in .lab/grades: a run that was broken off goes on where it was, and the same source code is
    /// not judged twice.
    ///
    /// The exit code is 0 when all was judged, whatever it was worth, and 3 when something could not be.
    Grade(grade::Typed),
    /// What `grade` starts to do its work.
    #[command(flatten)]
    Part(grade::Part),
}

impl Cli {
    /// Does what was typed.
    ///
    /// # Errors
    ///
    /// Why it cannot be done.
    pub fn run(self) -> Result<Exit> {
        match self.command {
            Command::Verify(typed) => verify::run(&typed, &course()?),
            Command::Grade(typed) => grade::run(&typed, &course()?),
            // It runs where there is no course.
            Command::Part(part) => part.run(),
        }
    }
}

fn course() -> Result<Course> {
    let folder = env::current_dir().map_err(|error| Problem::new(format!("there is no current folder: {error}")))?;
    Course::of(&folder)
}
