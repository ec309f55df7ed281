//! `cargo lab down`: ends the stack in Docker.

use clap::Args;

use crate::course::Course;
use crate::machine::compose::Compose;
use crate::machine::foreground::exit_code;
use crate::problem::{Exit, Result};
use crate::screen::{question, report};

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
    let compose = Compose::find(course.root(), course.profiles(), false).await?;
    let remove = "Remove the shop's database, and all that Prometheus and Grafana have kept?";
    if typed.volumes && !typed.yes && !question::ask(remove)? {
        report::line("Nothing was changed.");
        return Ok(Exit::NotDone);
    }
    let status = compose.down(if typed.volumes { &["--volumes"] } else { &[] }).await?;
    Ok(if status.success() { Exit::Done } else { Exit::App(exit_code(status)) })
}
