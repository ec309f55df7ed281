//! A connection between a program and a server that can be cut, as if the server were down.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::task::{JoinHandle, JoinSet};

/// Passes connections on to a server, for as long as it is not cut.
pub struct Link {
    /// Where programs connect to.
    address: SocketAddr,
    server: SocketAddr,
    forwarding: Option<JoinHandle<()>>,
}

impl Link {
    /// A link to a server at `host:port`, on a free port of this machine.
    ///
    /// # Errors
    ///
    /// When the host is unknown, or no port is free.
    pub async fn to(server: &str) -> io::Result<Self> {
        let server = lookup_host(server).await?.next().ok_or_else(|| io::Error::other(format!("no address for {server}")))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok(Self { address, server, forwarding: Some(tokio::spawn(forward(listener, server))) })
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

    /// Takes connections again.
    ///
    /// # Errors
    ///
    /// When another program has taken the port meanwhile.
    pub async fn restore(&mut self) -> io::Result<()> {
        self.cut().await;
        let listener = TcpListener::bind(self.address).await?;
        self.forwarding = Some(tokio::spawn(forward(listener, self.server)));
        Ok(())
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
async fn forward(listener: TcpListener, server: SocketAddr) {
    let mut connections = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        connections.spawn(async move {
            let mut upstream = TcpStream::connect(server).await?;
            tokio::io::copy_bidirectional(&mut client, &mut upstream).await
        });
    }
}
