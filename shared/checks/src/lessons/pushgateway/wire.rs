//! A server that does not speak HTTP as it should: it spoils the first connections, and passes the others on to a gateway.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::outcome::{Outcome, Stop};

/// Between two bytes of an answer that never comes to its end.
const DRIP: Duration = Duration::from_millis(100);

/// What it does with a connection, once the client has said something.
#[derive(Debug, Clone)]
pub(super) enum Manner {
    /// Closes it this much later.
    HangUp(Duration),
    /// Says something that is not HTTP.
    Babble,
    /// Answers byte by byte, and never comes to the end of its first header.
    Drip,
    /// Says at once that it is busy, and gives its reason byte by byte, without an end.
    DripReason,
    /// Lets it speak to the server at this address.
    PassTo(String),
}

/// It listens for as long as this value lives.
pub(super) struct Wire {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<Instant>>>,
    listening: JoinHandle<()>,
}

impl Wire {
    /// Treats each connection in its manner; the last one is for all further connections, too.
    pub(super) async fn start(manners: Vec<Manner>) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Stop::not_run)?;
        let address = listener.local_addr().map_err(Stop::not_run)?;
        let connections = Arc::default();
        let listening = tokio::spawn(listen(listener, manners, Arc::clone(&connections)));
        Ok(Self { address, connections, listening })
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// When each connection came.
    pub(super) fn connections(&self) -> Vec<Instant> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, manners: Vec<Manner>, connections: Arc<Mutex<Vec<Instant>>>) {
    let mut open = JoinSet::new();
    while let Ok((connection, _)) = listener.accept().await {
        let count = {
            let mut connections = connections.lock().unwrap_or_else(PoisonError::into_inner);
            connections.push(Instant::now());
            connections.len()
        };
        if let Some(manner) = manners.get(count - 1).or(manners.last()) {
            open.spawn(treat(connection, manner.clone()));
        }
    }
}

/// An error means that the client has gone.
async fn treat(mut connection: TcpStream, manner: Manner) -> std::io::Result<()> {
    if let Manner::PassTo(server) = &manner {
        let mut server = TcpStream::connect(server).await?;
        copy_bidirectional(&mut connection, &mut server).await?;
        return Ok(());
    }
    // What it says does not matter, only that it has said something.
    let _said = connection.read(&mut [0; 1024]).await?;
    match manner {
        Manner::HangUp(pause) => sleep(pause).await,
        Manner::Babble => connection.write_all(b"220 mail.example.com ready when you are\r\n").await?,
        Manner::Drip => drip(connection, b"HTTP/1.1 200 OK\r\nx-patience: ").await?,
        Manner::DripReason => drip(connection, b"HTTP/1.1 503 Busy\r\n\r\n").await?,
        Manner::PassTo(_) => {}
    }
    Ok(())
}

async fn drip(mut connection: TcpStream, beginning: &[u8]) -> std::io::Result<()> {
    connection.write_all(beginning).await?;
    loop {
        connection.write_all(b".").await?;
        sleep(DRIP).await;
    }
}
