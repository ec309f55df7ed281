//! A connection between a program and a server that can be cut, as if the server were down, or stalled, as if its
//! machine were gone.

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::ports::free_port;

/// Passes connections on to a server, for as long as it is not cut.
pub struct Link {
    /// Where programs connect to.
    address: SocketAddr,
    /// Where the server listens, as `host:port`.
    server: String,
    forwarding: Option<JoinHandle<()>>,
    /// The longest message that goes to the server, in bytes.
    longest: Arc<AtomicUsize>,
}

impl Link {
    /// A link to a server at `host:port`, on a free port of this machine.
    ///
    /// # Errors
    ///
    /// When no port is free.
    pub async fn to(server: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port()?)).await?;
        let address = listener.local_addr()?;
        let longest = Arc::new(AtomicUsize::new(usize::MAX));
        let mut link = Self { address, server: server.to_owned(), forwarding: None, longest };
        link.start(listener);
        Ok(link)
    }

    /// Where programs connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections, and refuses new ones.
    pub async fn cut(&mut self) {
        if let Some(forwarding) = self.forwarding.take() {
            forwarding.abort();
            // It ends as cancelled, which is what was asked for.
            let _ = forwarding.await;
        }
    }

    /// Holds back every message to the server that is longer than this many bytes, and all that follows it on its
    /// connection. Connections stay open, and new ones are taken, but nobody answers.
    pub fn stall(&self, longer_than: usize) {
        // The number stands for itself: no other data depends on it.
        self.longest.store(longer_than, Ordering::Relaxed);
    }

    /// Ends a stall. What was held back stays so: those connections are lost, as if their machine were.
    pub fn resume(&self) {
        self.longest.store(usize::MAX, Ordering::Relaxed);
    }

    /// Takes connections again, and lets everything through. Those that are open end.
    ///
    /// # Errors
    ///
    /// When another program has taken the port meanwhile.
    pub async fn restore(&mut self) -> io::Result<()> {
        self.cut().await;
        self.resume();
        let listener = TcpListener::bind(self.address).await?;
        self.start(listener);
        Ok(())
    }

    fn start(&mut self, listener: TcpListener) {
        self.forwarding = Some(tokio::spawn(forward(listener, self.server.clone(), Arc::clone(&self.longest))));
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(forwarding) = &self.forwarding {
            forwarding.abort();
        }
    }
}

/// The connections end with this future, which holds them.
async fn forward(listener: TcpListener, server: String, longest: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connect(client, server.clone(), Arc::clone(&longest)));
    }
}

/// Ends both directions when one does.
async fn connect(mut client: TcpStream, server: String, longest: Arc<AtomicUsize>) -> io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let (mut from_client, to_client) = client.split();
    let (mut from_server, to_server) = server.split();
    let (requests, answers) = (requests(&mut from_client, to_server, &longest), answers(&mut from_server, to_client));
    tokio::select! { end = requests => end, end = answers => end }
}

async fn requests(client: &mut ReadHalf<'_>, mut server: WriteHalf<'_>, longest: &AtomicUsize) -> io::Result<()> {
    let mut buffer = [0; 8192];
    loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        if count > longest.load(Ordering::Relaxed) {
            return pending().await;
        }
        server.write_all(&buffer[..count]).await?;
    }
}

async fn answers(server: &mut ReadHalf<'_>, mut client: WriteHalf<'_>) -> io::Result<()> {
    tokio::io::copy(server, &mut client).await?;
    Ok(())
}
