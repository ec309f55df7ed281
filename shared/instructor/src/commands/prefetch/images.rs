//! The images of the stack in Docker.

use std::process::Stdio;

use lab::course::Course;
use lab::machine::compose::Compose;
use lab::machine::images;
use lab::problem::{Problem, Result};
use lab::screen::report::{self, BAD, GOOD, UNKNOWN, styled};
use tokio::process::Command;

use super::programs::in_foreground;
use super::size;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// Those that are on this machine now, each with its size in bytes.
    pub(super) here: Vec<(String, u64)>,
    /// The kind of processor that they are for, in Docker's word, such as `amd64`.
    pub(super) architecture: String,
    /// Whether one could not be fetched or built.
    pub(super) failed: bool,
    /// Whether Docker was not there to be asked.
    pub(super) left_out: bool,
}

/// Fetches each public image that is not here, and builds those of the lessons. Where no engine runs it says so.
pub(super) async fn fetch(course: &Course) -> Result<Images> {
    let compose = match Compose::find(course.root(), course.profiles(), false).await {
        Ok(compose) => compose,
        Err(problem) => {
            left_out(&problem);
            return Ok(Images { left_out: true, ..Images::default() });
        }
    };
    let names = images::named(course.root())
        .map_err(|error| Problem::new(format!("the images of the course cannot be listed: {error}")))?;
    let mut fetched = Images { architecture: images::architecture().await.unwrap_or_default(), ..Images::default() };
    for name in names {
        match pull(&name).await? {
            Some(bytes) => fetched.here.push((name, bytes)),
            None => fetched.failed = true,
        }
    }
    fetched.failed |= !build(&compose).await?;
    Ok(fetched)
}

fn left_out(problem: &Problem) {
    let reason = problem.message.trim_end_matches(" It says:").trim_end_matches('.');
    let text = format!("left out: {reason}. No lesson needs them; `cargo lab up` does.");
    report::line(report::wrapped(&format!("  {} ", styled(UNKNOWN, "!")), &text));
    if let Some(words) = problem.quoted.lines().find(|line| !line.trim().is_empty()) {
        report::line(report::quoted([words]));
    }
}

/// Fetches an image, if it is not here. Returns its size in bytes, if it is here now.
async fn pull(name: &str) -> Result<Option<u64>> {
    let before = images::size(name).await;
    if before.is_none() {
        let mut command = Command::new("docker");
        command.args(["pull", name]).stdin(Stdio::null());
        in_foreground(command).await?;
    }
    let now = images::size(name).await;
    report::line(match (now, before) {
        (Some(bytes), Some(_)) => good(&format!("{name}: {}, was here", size::shown(bytes))),
        (Some(bytes), None) => good(&format!("{name}: {}, fetched now", size::shown(bytes))),
        (None, _) => bad(&format!("{name}: could not be fetched. Docker says above why.")),
    });
    Ok(now)
}

/// Builds the images of all lessons, solutions and what belongs to them, so that a later build has all its parts here.
/// Returns whether it succeeds.
async fn build(compose: &Compose<'_>) -> Result<bool> {
    report::line("  The images of lessons and solutions are built now. The first time, this takes some minutes.");
    let mut command = compose.command_for_all();
    command.arg("build").stdin(Stdio::null());
    let is_built = in_foreground(command).await?.success();
    report::line(if is_built {
        good("the images of lessons and solutions: built")
    } else {
        bad("the images of lessons and solutions: not all could be built. Docker says above why.")
    });
    Ok(is_built)
}

fn good(text: &str) -> String {
    report::wrapped(&format!("  {} ", styled(GOOD, "✓")), text)
}

fn bad(text: &str) -> String {
    report::wrapped(&format!("  {} ", styled(BAD, "✗")), text)
}
