//! `cargo lab down`: ends the stack in Docker.

use std::process::ExitStatus;

use clap::Args;

use crate::commands::run::{exit_code, foreground};
use crate::compose::Compose;
use crate::course::Course;
use crate::problem::{Exit, Problem, Result};
use crate::{replace, report};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Remove the volumes as well: the shop's database, and what Prometheus and Grafana have kept
    #[arg(long)]
    pub volumes: bool,
    /// Remove the volumes without asking
    #[arg(long, short, requires = "volumes")]
    pub yes: bool,
}

/// Removes the containers and networks of all lessons, and the volumes only if that was asked for.
///
/// # Errors
///
/// When Docker is not there, or nobody can be asked.
pub async fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    let compose = Compose::find(course, false).await?;
    let question = "Remove the shop's database, and all that Prometheus and Grafana have kept?";
    if typed.volumes && !typed.yes && !replace::ask(question)? {
        report::line("Nothing was changed.");
        return Ok(Exit::NotDone);
    }
    let status = remove(&compose, if typed.volumes { &["--volumes"] } else { &[] }).await?;
    Ok(if status.success() { Exit::Done } else { Exit::App(exit_code(status)) })
}

/// Removes all containers and networks.
pub(super) async fn remove(compose: &Compose<'_>, options: &[&str]) -> Result<ExitStatus> {
    let mut command = compose.command(&compose.all_profiles());
    command.args(["down", "--remove-orphans"]).args(options);
    let status = foreground(command).await;
    status.map_err(|error| Problem::new(format!("Docker Compose does not run: {error}")))
}
