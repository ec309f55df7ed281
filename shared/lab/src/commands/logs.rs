//! `cargo lab logs`: what the services of the stack say.

use clap::Args;

use crate::course::Course;
use crate::machine::compose::{self, Compose};
use crate::machine::foreground::exit_code;
use crate::problem::{Exit, Result};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// One service alone, such as prometheus
    pub service: Option<String>,
    /// Go on until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
}

/// Shows the logs.
///
/// # Errors
///
/// When Docker is not there.
pub async fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    let compose = Compose::find(course.root(), course.profiles(), false).await?;
    let mut command = compose.command_for_all();
    command.arg("logs");
    if typed.follow {
        command.arg("--follow");
    }
    command.args(&typed.service);
    let status = compose::run(command).await?;
    Ok(if status.success() { Exit::Done } else { Exit::App(exit_code(status)) })
}
