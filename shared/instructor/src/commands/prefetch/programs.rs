//! The programs that fetch.

use std::pin::pin;
use std::process::ExitStatus;
use std::time::Duration;

use lab::machine::foreground::foreground;
use lab::machine::signals;
use lab::problem::{Exit, Problem, Result};
use tokio::process::Command;
use tokio::time::timeout;

/// How much later than a program that Ctrl-C has ended this process may hear of it.
pub(super) const SOON: Duration = Duration::from_millis(200);

/// Runs a program in the foreground. Ctrl-C ends it by itself, and then nothing else is begun.
pub(super) async fn in_foreground(command: Command) -> Result<ExitStatus> {
    let program = command.as_std().get_program().display().to_string();
    let (mut ended, mut stopped) = (pin!(foreground(command)), pin!(signals::stop()));
    let mut is_stopped = false;
    let status = loop {
        tokio::select! {
            biased;
            _ = &mut stopped, if !is_stopped => is_stopped = true,
            status = &mut ended => break status,
        }
    };
    // That Ctrl-C has ended the program may be noticed before.
    let has_failed = !status.as_ref().is_ok_and(ExitStatus::success);
    if !is_stopped && has_failed {
        is_stopped = timeout(SOON, stopped).await.is_ok();
    }
    if is_stopped {
        let problem =
            Problem::new("interrupted").advice("What has come is kept: type it again, and it goes on from there.");
        return Err(Problem { exit: Exit::Interrupted, ..problem });
    }
    status.map_err(|error| Problem::new(format!("{program} does not run: {error}")))
}
