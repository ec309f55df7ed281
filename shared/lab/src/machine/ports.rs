//! Ports of this machine: free, or taken, and by what.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use listeners::{Process, Protocol, SocketState};

/// What Linux writes behind the path of a program whose file is gone, as after a new build.
const DELETED: &str = " (deleted)";

/// What listens at a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The program, without its folder.
    pub name: String,
    /// The number of its process.
    pub process: u32,
    /// The file of the program; empty if that is not known.
    pub program: PathBuf,
}

/// Whether nothing listens at a port of this machine.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The address, or the same with the next port that is free.
pub fn next_free(wanted: SocketAddr) -> SocketAddr {
    let mut addresses = (wanted.port()..=u16::MAX).map(|port| SocketAddr::new(wanted.ip(), port));
    addresses.find_map(|address| TcpListener::bind(address).ok()?.local_addr().ok()).unwrap_or(wanted)
}

/// What listens at a port, if this user may know that.
pub fn owner(port: u16) -> Option<Owner> {
    let listeners = listening().into_iter().filter(|(address, _)| address.port() == port);
    // The same port may belong to another program for each of the two kinds of address. Ours are of the old kind.
    listeners.max_by_key(|(address, _)| address.is_ipv4()).map(|(_, owner)| owner)
}

/// What listens where, as far as this user may know that; nothing where it cannot be found out.
pub fn listening() -> Vec<(SocketAddr, Owner)> {
    let listeners = listeners::get_all().unwrap_or_default().into_iter();
    let listening =
        listeners.filter(|listener| listener.protocol == Protocol::TCP && listener.state == SocketState::Listen);
    listening.map(|listener| (listener.socket, Owner::from(listener.process))).collect()
}

impl From<Process> for Owner {
    fn from(process: Process) -> Self {
        let program = PathBuf::from(process.path.strip_suffix(DELETED).unwrap_or(&process.path));
        // Linux cuts the name of a process after 15 characters, and that of its file is whole.
        let whole = program.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = whole.filter(|whole| whole.starts_with(&process.name)).unwrap_or(process.name);
        Self { name, process: process.pid, program }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (process {})", self.name, self.process)
    }
}
