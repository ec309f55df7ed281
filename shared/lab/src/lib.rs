//! `cargo lab`, the command of the course: runs the app of a lesson, and says what it still lacks.
//!
//! To be read in this order:
//!
//! - [`cli`]: what can be typed
//! - [`commands`]: what then happens, a file per subcommand
//! - [`course`] and [`manifest`]: the lessons, and what `lesson.toml` says of each
//! - [`cargo`]: how a lesson's program is built
//! - [`problem`]: what keeps a command from its work, and the exit codes
//! - [`report`] and [`progress`]: the words on the screen
//! - [`signals`]: Ctrl-C, and the request to end
//!
//! There is no state but the files of the course, and no rule about metrics: those are in the crate `checks`.

pub mod cargo;
pub mod cli;
pub mod commands;
pub mod course;
pub mod manifest;
pub mod problem;
pub mod progress;
pub mod report;
pub mod signals;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;

/// Does what was typed.
pub async fn main() -> ExitCode {
    let exit = commands::run(Cli::parse()).await.unwrap_or_else(|problem| {
        report::problem(&problem);
        problem.exit
    });
    exit.into()
}
