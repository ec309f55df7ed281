//! `cargo lab`, the command of the course: runs the app of a lesson, and says what it still lacks.
//!
//! One floor above the other: a file knows those of its own floor and of the floors below, and none above. From the top:
//!
//! - [`cli`]: what can be typed
//! - [`commands`]: a file or folder for each subcommand
//! - [`live`]: `/metrics`, drawn in a browser
//! - [`judge`]: a lesson's program, judged step by step, and hints for the step that is open
//! - [`student`]: what a student has done, which lesson is at hand, the files that others took the place of, and the
//!   words at the end of a lesson
//! - [`course`]: the lessons, what `lesson.toml` says of each, how they were handed out, and their programs, built
//! - [`machine`]: cargo, Docker, Prometheus, ports, signals
//! - [`screen`]: the words on the terminal
//! - [`arguments`] and [`problem`]: what several subcommands take, and what keeps one from its work
//!
//! There is no state but the files of the course and the folder `.lab`, and no rule about metrics: those are in the
//! crate `checks`.

pub mod arguments;
pub mod cli;
pub mod commands;
pub mod course;
pub mod judge;
pub mod live;
pub mod machine;
pub mod problem;
pub mod screen;
pub mod student;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::screen::report;

/// Does what was typed.
pub async fn main() -> ExitCode {
    let exit = Cli::parse().run().await.unwrap_or_else(|problem| {
        report::problem(&problem);
        problem.exit
    });
    exit.into()
}
