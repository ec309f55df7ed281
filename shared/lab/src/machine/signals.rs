//! Ctrl-C, and the request to end that other programs send.

use std::io;

use tokio::process::{Child, Command};
use tokio::signal::ctrl_c;

use crate::problem::{Exit, Result};

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

/// Does the work, unless a reason to stop comes first: then it is dropped, and whatever it has started ends with it.
///
/// # Errors
///
/// Those of the work.
pub async fn unless_stopped(work: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    tokio::select! {
        biased;
        _ = stop() => Ok(Exit::Interrupted),
        exit = work => exit,
    }
}

/// Lets a reason to stop end this process at once, as it did before the first call of [`stop`]: while somebody is asked, say.
pub fn end_at_once() {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if runtime.is_ok_and(|runtime| runtime.block_on(stop()).is_ok()) {
            std::process::exit(Exit::Interrupted.code().into());
        }
    });
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

/// Waits until the terminal is gone. Not a part of [`stop`], since `nohup` asks a program to go on without one.
///
/// # Errors
///
/// When the system gives no word of signals.
pub async fn hang_up() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup())?.recv().await;
        Ok(())
    }
    #[cfg(not(unix))]
    std::future::pending().await
}

/// A program with all that it starts, which are killed with this value.
///
/// On Unix that takes a process group. On Windows cargo takes its compilers with it by itself.
#[derive(Debug)]
pub struct Group {
    #[cfg(unix)]
    leader: Option<nix::unistd::Pid>,
}

#[cfg(unix)]
impl Group {
    /// Starts a program that leads a group.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn spawn(command: &mut Command) -> io::Result<(Self, Child)> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).map(nix::unistd::Pid::from_raw);
        Ok((Self { leader }, child))
    }

    /// Lets it go: it has ended by itself.
    pub fn release(mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // Fails when all have ended already.
            let _ = nix::sys::signal::killpg(leader, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn spawn(command: &mut Command) -> io::Result<(Self, Child)> {
        Ok((Self {}, command.kill_on_drop(true).spawn()?))
    }

    /// Lets it go: it has ended by itself.
    pub fn release(self) {}
}
