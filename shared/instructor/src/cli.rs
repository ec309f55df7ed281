//! What can be typed. `cargo lab` lists the same subcommands in its own help, and hands them over.

use std::env;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use lab::course::Course;
use lab::problem::{Exit, Problem, Result};
use tokio::runtime::Builder;

use crate::commands::{branches, diff, grade, new, prefetch, propagate, verify};

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
    /// Make the skeleton of a new lesson
    ///
    /// It begins with the finished shop of the last lesson that has one: lessons/NN-topic and its solution, a check, a way,
    /// an empty list of promises, and its stacks in docker-compose.yml. What is left to write is marked with FILL IN.
    ///
    /// `cargo lab verify NN` says what does not fit yet. docs/src/new-lesson.md goes through it.
    New(new::Typed),
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
    /// Carry a change of a lesson through all lessons that come after it
    ///
    /// Change the starter or the solution of a lesson, or what lessons share, and commit nothing yet. This merges the change
    /// into each later starter and solution, and into the steps, mistakes and right ways that find their places in them.
    /// The merge is git's own, with the last commit as what both come from.
    ///
    /// It happens in a second working tree, and ends there with `cargo lab verify`: its rules about the files of the course,
    /// then each program that changed is built and judged. Nothing is written without --write, and nothing at all unless
    /// everything holds. Ctrl-C leaves nothing behind.
    ///
    /// At a conflict it stops. With --write, git's marks are then in your files: resolve them, and type
    /// `cargo lab propagate --continue`, or --abort, which puts back all files as they were. The same two are there if this
    /// is killed while it writes.
    ///
    /// The exit code is 0 when all is well, and 1 when there is something for you to do.
    Propagate(propagate::Typed),
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
    /// Compile the lessons for the container of `grade`.
    #[command(hide = true)]
    CompileLessons,
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
            Command::Branches(typed) => branches::run(&typed, &course()?),
            Command::Diff(typed) => wait_for(diff::run(typed, &course()?)),
            Command::Grade(typed) => wait_for(grade::run(&typed, &course()?)),
            Command::CompileLessons => wait_for(grade::compile_lessons(&course()?)),
            Command::New(typed) => new::run(&typed, &course()?),
            Command::Prefetch(typed) => wait_for(prefetch::run(&typed, &course()?)),
            Command::Propagate(typed) => wait_for(propagate::run(&typed, &course()?, understands)),
            Command::Verify(typed) => wait_for(verify::run(&typed, &course()?, understands)),
            // It runs where there is no course.
            Command::Part(part) => part.run(),
        }
    }
}

fn course() -> Result<Course> {
    let folder = env::current_dir().map_err(|error| Problem::new(format!("there is no current folder: {error}")))?;
    Course::of(&folder)
}

fn wait_for<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Problem::new(format!("no async runtime: {error}")))?.block_on(work)
}

/// Whether `cargo lab` understands what is typed behind it, and what it says if not.
fn understands(typed: &[String]) -> Result<(), String> {
    let words = || [NAME.to_owned()].into_iter().chain(typed.iter().cloned());
    let is_help = |error: &clap::Error| matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let is_ours = typed.first().is_some_and(|name| Cli::command().find_subcommand(name).is_some());
    let parsed =
        if is_ours { Cli::try_parse_from(words()).map(drop) } else { lab::cli::Cli::try_parse_from(words()).map(drop) };
    // A sentence may name a subcommand, and leave out what it wants.
    let is_name = |error: &clap::Error| typed.len() == 1 && error.kind() == ErrorKind::MissingRequiredArgument;
    parsed.or_else(|error| if is_help(&error) || is_name(&error) { Ok(()) } else { Err(error.to_string()) })
}
