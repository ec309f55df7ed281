//! Ctrl-C, and the request to end that other programs send.

use std::io;

use tokio::process::Child;
use tokio::signal::ctrl_c;

/// Why to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Ctrl-C. The terminal tells every program that runs in it.
    Interrupt,
    /// SIGTERM, which goes to one program alone.
    Terminate,
}

/// Waits for a reason to stop. After the first call, none of them ends this process by itself any more.
///
/// # Errors
///
/// When the system gives no word of signals.
pub async fn stop() -> io::Result<Stop> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = ctrl_c() => result.map(|()| Stop::Interrupt),
            _ = terminate.recv() => Ok(Stop::Terminate),
        }
    }
    #[cfg(not(unix))]
    ctrl_c().await.map(|()| Stop::Interrupt)
}

/// Asks a program to end, so that it can finish what it has begun.
#[cfg(unix)]
pub fn terminate(child: &mut Child) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()) {
        // Fails when it has ended already.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

/// Ends a program.
#[cfg(not(unix))]
pub fn terminate(child: &mut Child) {
    // Fails when it has ended already.
    let _ = child.start_kill();
}
