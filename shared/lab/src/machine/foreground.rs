//! A program in the foreground, and how it ended.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use tokio::process::Command;

use super::signals::{self, Stop};
use crate::problem::{Exit, Problem, Result};

/// Runs a program with the terminal's input and output, and waits for its end, whatever comes: Ctrl-C reaches it by
/// itself, since it belongs to the same terminal, and a request to end is passed on.
///
/// # Errors
///
/// When it does not start.
pub async fn foreground(mut command: Command) -> io::Result<ExitStatus> {
    let mut child = command.kill_on_drop(true).spawn()?;
    loop {
        tokio::select! {
            status = child.wait() => return status,
            stop = signals::stop() => if stop? == Stop::Terminate { signals::terminate(&mut child) },
        }
    }
}

/// The same with a program of the course. The exit code is its own.
///
/// # Errors
///
/// When it does not start.
pub async fn run(command: Command) -> Result<Exit> {
    let program = PathBuf::from(command.as_std().get_program());
    let status = foreground(command).await;
    let status = status.map_err(|error| Problem::new(format!("cannot run {}: {error}", program.display())))?;
    Ok(Exit::App(exit_code(status)))
}

/// The exit code, as a shell gives it.
pub fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let code = status.code().or_else(|| Some(128 + std::os::unix::process::ExitStatusExt::signal(&status)?));
    #[cfg(not(unix))]
    let code = status.code();
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
