//! `cargo lab logs`: what the services of the stack say.

use clap::Args;

use crate::commands::run::{exit_code, foreground};
use crate::compose::Compose;
use crate::course::Course;
use crate::problem::{Exit, Problem, Result};

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
    let compose = Compose::find(course, false).await?;
    let mut command = compose.command(&compose.all_profiles());
    command.arg("logs");
    if typed.follow {
        command.arg("--follow");
    }
    command.args(&typed.service);
    let status = foreground(command).await;
    let status = status.map_err(|error| Problem::new(format!("Docker Compose does not run: {error}")))?;
    Ok(if status.success() { Exit::Done } else { Exit::App(exit_code(status)) })
}
