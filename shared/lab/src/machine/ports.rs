//! Ports of this machine: free, or taken, and by what.

use std::net::{Ipv4Addr, TcpListener};

use listeners::{Protocol, SocketState};

/// Whether nothing listens at a port of this machine.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// What listens at a port, in words.
pub fn owner(port: u16) -> String {
    // Where this cannot be found out, the port is taken all the same.
    let listeners = listeners::get_all().unwrap_or_default();
    let listener = listeners.iter().find(|listener| {
        listener.protocol == Protocol::TCP && listener.state == SocketState::Listen && listener.socket.port() == port
    });
    match listener {
        Some(listener) => format!("{} (process {})", listener.process.name, listener.process.pid),
        None => "a program of another user".to_owned(),
    }
}
