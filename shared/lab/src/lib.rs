//! `cargo lab`, the command of the course: runs the app of a lesson, and says what it still lacks.
//!
//! To be read in this order:
//!
//! - [`cli`]: what can be typed
//! - [`commands`]: what then happens, a file per subcommand
//! - [`course`] and [`manifest`]: the lessons, and what `lesson.toml` says of each
//! - [`originals`]: the files of the lessons as the course hands them out
//! - [`state`] and [`current`]: what a student has done so far, and which lesson comes next
//! - [`judge`] and [`hints`]: the steps of a lesson, judged, and help for the one that is open
//! - [`cargo`]: how a lesson's program is built
//! - [`compose`] and [`ports`]: the stack in Docker, and the ports of this machine
//! - [`replace`] and [`difference`]: files of a student that others take the place of, kept and shown
//! - [`problem`]: what keeps a command from its work, and the exit codes
//! - [`report`], [`marks`] and [`progress`]: the words on the screen
//! - [`signals`]: Ctrl-C, and the request to end
//!
//! There is no state but the files of the course and the folder `.lab`, and no rule about metrics: those are in the
//! crate `checks`.

pub mod cargo;
pub mod cli;
pub mod commands;
pub mod compose;
pub mod course;
pub mod current;
pub mod difference;
pub mod hints;
pub mod judge;
pub mod manifest;
pub mod marks;
pub mod originals;
pub mod ports;
pub mod problem;
pub mod progress;
pub mod replace;
pub mod report;
pub mod signals;
pub mod state;

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
