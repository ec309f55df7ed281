//! Servers that end while others go on: nobody waits for that but who ends the last one.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::cluster::Cluster;
use crate::services::Server;

/// The servers of this process.
struct Servers {
    /// How many run.
    running: usize,
    ending: Vec<JoinHandle<()>>,
}

static SERVERS: Mutex<Servers> = Mutex::new(Servers { running: 0, ending: Vec::new() });

/// A server, and what its data are a copy of. It is ended with this value: in the background while others run, and for
/// certain once none does any more.
pub(super) struct Ending(Option<(Server, Option<Arc<Cluster>>)>);

impl Ending {
    pub(super) fn of(server: Server, cluster: Option<Arc<Cluster>>) -> Self {
        SERVERS.lock().unwrap_or_else(PoisonError::into_inner).running += 1;
        Self(Some((server, cluster)))
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let Some((mut server, cluster)) = self.0.take() else { return };
        if cluster.is_some() {
            quit(&mut server);
        }
        let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
        servers.running -= 1;
        servers.ending.push(thread::spawn(move || drop((server, cluster))));
        if servers.running == 0 {
            for ending in std::mem::take(&mut servers.ending) {
                // It fails by a panic, which has been told of.
                let _ = ending.join();
            }
        }
    }
}

/// Nobody needs the data, so that the server need not write them first.
#[cfg(unix)]
fn quit(server: &mut Server) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    if let Ok(id) = i32::try_from(server.child.id()) {
        // Fails when it has ended by itself.
        let _ = kill(Pid::from_raw(id), Signal::SIGQUIT);
    }
}

#[cfg(not(unix))]
fn quit(_: &mut Server) {}
