//! Ctrl-C, and what a system sends when it wants a program to end.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;

use crate::sandbox;

/// What ends a program that is to end by itself.
pub(super) const SIGNALS: [Signal; 2] = [Signal::SIGINT, Signal::SIGTERM];

pub(super) fn send(signal: Signal, child: &Child) {
    if let Some(id) = child.id().and_then(|id| i32::try_from(sandbox::inmost(id)).ok()) {
        // Fails when it has just ended by itself.
        let _ = kill(Pid::from_raw(id), signal);
    }
}
