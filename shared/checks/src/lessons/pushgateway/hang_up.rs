//! A server of nothing: it takes connections, and closes each of them after a while.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::outcome::{Outcome, Stop};

/// It listens for as long as this value lives.
pub(super) struct HangUp {
    address: SocketAddr,
    listening: JoinHandle<()>,
}

impl HangUp {
    /// Closes each connection this long after its first message.
    pub(super) async fn after(pause: Duration) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Stop::not_run)?;
        let address = listener.local_addr().map_err(Stop::not_run)?;
        Ok(Self { address, listening: tokio::spawn(listen(listener, pause)) })
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for HangUp {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, pause: Duration) {
    let mut connections = JoinSet::new();
    while let Ok((connection, _)) = listener.accept().await {
        connections.spawn(hang_up(connection, pause));
    }
}

async fn hang_up(mut connection: TcpStream, pause: Duration) {
    // What it says does not matter, only that it has said something.
    let _ = connection.read(&mut [0; 1024]).await;
    sleep(pause).await;
}
