//! The instructor's subcommands of `cargo lab`: a program of their own, on top of the student's, so that a student's
//! first build does not pay for it. `cargo lab` builds it when one of them is typed for the first time.
//!
//! One floor above the other, as in `lab`. From the top:
//!
//! - [`cli`]: what can be typed
//! - [`commands`]: a file or folder for each subcommand
//! - [`stages`]: the exercise branches, each with what a student finds there
//! - [`rules`]: all that must hold, in sentences, with what breaks it
//! - [`starters`], [`originals`], [`agreement`], [`programs`], [`promises`] and [`texts`]: what must hold for each lesson, and
//!   [`lines`] and [`plan`]: how much a student writes, and how long that takes
//! - [`steps`]: the way through each lesson
//! - [`promql`]: the classic mistakes in a query
//! - [`pages`]: what two pages of metrics differ in
//! - [`apart`]: a crate that is built outside of its workspace
//! - [`variants`]: crates of the course with changes, built all at once
//! - `lock`: one process at a time
//! - [`repository`]: git repositories, and branches that are made there

pub mod agreement;
pub mod apart;
pub mod cli;
pub mod commands;
pub mod lines;
mod lock;
pub mod originals;
pub mod pages;
pub mod plan;
pub mod programs;
pub mod promises;
pub mod promql;
pub mod repository;
pub mod rules;
pub mod stages;
pub mod starters;
pub mod steps;
pub mod texts;
pub mod variants;

use std::process::ExitCode;

use clap::Parser;
use lab::screen::report;

use crate::cli::Cli;

/// Does what was typed.
pub fn main() -> ExitCode {
    let exit = Cli::parse().run().unwrap_or_else(|problem| {
        report::problem(&problem);
        problem.exit
    });
    exit.into()
}
