//! What can be typed. `cargo lab` lists the same subcommands in its own help, and hands them over.

use std::env;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use lab::course::Course;
use lab::problem::{Exit, Problem, Result};

use crate::commands::{prefetch, verify};

/// The command, as it is typed.
const NAME: &str = "cargo lab";

/// The instructor's subcommands of `cargo lab`.
#[derive(Debug, Parser)]
#[command(name = NAME, bin_name = NAME, max_term_width = 80)]
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
    /// are the same crate: the same files, tests, texts and manifest. Tests, lesson.toml, TODO comments and the way in
    /// shared/course/steps name the same steps, and the way leads from the starter to the solution. Each promise of a text
    /// has a check that holds it, and a mistake that breaks it. Links lead somewhere, commands can be typed, and queries can
    /// be asked. What `cargo lab` takes for the original of a lesson is what the lesson is now. Both programs compile without
    /// a warning; the starter fails the checks of its steps, and the solution passes them all.
    ///
    /// Beside each lesson stands how many lines a student writes: those that the solution adds to the starter's `src`, as
    /// `git diff --numstat` counts them. docs/src/measurements.md has them as a table.
    ///
    /// What is wrong is shown, and where. The exit code is 0 when all is well, and 1 when it is not.
    Verify(verify::Typed),
    /// Fetch all that a room with a bad network needs
    ///
    /// The crates of Cargo.lock, for this machine, and, where Docker runs, the images of the stack, those of the lessons and
    /// solutions included, which are built. What is here already is not fetched again, and what has come is kept if the
    /// network fails: type it again, and it goes on.
    ///
    /// With --archive it writes one file for a stick, for Linux, macOS and Windows: the course as it is committed, as a clone
    /// with its history; the crates for all platforms; the public images; and a SHA-256 of each. One command unpacks it, and
    /// checks that all has come. Rust itself is not in it, and nothing that is not committed.
    ///
    /// The exit code is 0 when all is here, and 3 when something could not be fetched or written.
    Prefetch(prefetch::Typed),
}

impl Cli {
    /// Does what was typed.
    ///
    /// # Errors
    ///
    /// Why it cannot be done.
    pub async fn run(self) -> Result<Exit> {
        let folder =
            env::current_dir().map_err(|error| Problem::new(format!("there is no current folder: {error}")))?;
        let course = Course::of(&folder)?;
        match self.command {
            Command::Prefetch(typed) => prefetch::run(&typed, &course).await,
            Command::Verify(typed) => verify::run(&typed, &course, understands).await,
        }
    }
}

/// Whether `cargo lab` understands what is typed behind it, and what it says if not.
fn understands(typed: &[String]) -> Result<(), String> {
    let words = || [NAME.to_owned()].into_iter().chain(typed.iter().cloned());
    let is_help = |error: &clap::Error| matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let is_ours = typed.first().is_some_and(|name| Cli::command().find_subcommand(name).is_some());
    let parsed =
        if is_ours { Cli::try_parse_from(words()).map(drop) } else { lab::cli::Cli::try_parse_from(words()).map(drop) };
    parsed.or_else(|error| if is_help(&error) { Ok(()) } else { Err(error.to_string()) })
}
