//! The programs that fetch.

use std::pin::pin;
use std::process::ExitStatus;

use lab::machine::foreground::foreground;
use lab::machine::signals;
use lab::problem::{Exit, Problem, Result};
use tokio::process::Command;

/// Runs a program in the foreground. Ctrl-C ends it by itself, and then nothing else is begun.
pub(super) async fn in_foreground(command: Command) -> Result<ExitStatus> {
    let program = command.as_std().get_program().display().to_string();
    let mut ended = pin!(foreground(command));
    let mut is_stopped = false;
    let status = loop {
        tokio::select! {
            biased;
            _ = signals::stop(), if !is_stopped => is_stopped = true,
            status = &mut ended => break status,
        }
    };
    if is_stopped {
        let problem =
            Problem::new("interrupted").advice("What has come is kept: type it again, and it goes on from there.");
        return Err(Problem { exit: Exit::Interrupted, ..problem });
    }
    status.map_err(|error| Problem::new(format!("{program} does not run: {error}")))
}
