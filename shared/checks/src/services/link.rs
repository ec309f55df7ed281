//! A connection between a program and a server that can be cut, as if the server were down, or stalled, as if its
//! machine were gone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use crate::ports::KeptPort;

/// Passes connections on to a server, for as long as it is not cut.
pub struct Link {
    /// Where programs connect to.
    address: SocketAddr,
    /// Nobody else listens there while the link is cut.
    _port: KeptPort,
    /// Where the server listens, as `host:port`.
    server: String,
    forwarding: Option<JoinHandle<()>>,
    limits: Limits,
}

/// What keeps a message from the server.
#[derive(Debug, Clone)]
struct Limits {
    /// The longest message that goes to the server, in bytes.
    longest: Arc<AtomicUsize>,
    /// How long each message takes, in milliseconds.
    latency: Arc<AtomicU64>,
    /// Whether messages have to wait.
    paused: watch::Sender<bool>,
}

impl Link {
    /// A link to a server at `host:port`, on a free port of this machine.
    ///
    /// # Errors
    ///
    /// When no port is free.
    pub async fn to(server: &str) -> io::Result<Self> {
        let port = KeptPort::new()?;
        let listener = listen((Ipv4Addr::LOCALHOST, port.number()).into()).await?;
        let address = listener.local_addr()?;
        let limits = Limits {
            longest: Arc::new(AtomicUsize::new(usize::MAX)),
            latency: Arc::default(),
            paused: watch::Sender::new(false),
        };
        let mut link = Self { address, _port: port, server: server.to_owned(), forwarding: None, limits };
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
        self.limits.longest.store(longer_than, Ordering::Relaxed);
    }

    /// Ends a stall. What was held back stays so: those connections are lost, as if their machine were. They are gone once
    /// the program closes them.
    pub fn resume(&self) {
        self.limits.longest.store(usize::MAX, Ordering::Relaxed);
    }

    /// Lets every message to the server take this long, in whole milliseconds, as if it were far away.
    pub fn delay(&self, latency: Duration) {
        self.limits.latency.store(latency.as_millis() as u64, Ordering::Relaxed);
    }

    /// Makes every message to the server wait. Connections stay open, and new ones are taken, but nobody answers.
    pub fn pause(&self) {
        self.limits.paused.send_replace(true);
    }

    /// Ends a pause. What had to wait goes on.
    pub fn go_on(&self) {
        self.limits.paused.send_replace(false);
    }

    /// Takes connections again, and lets everything through. Those that are open end.
    ///
    /// # Errors
    ///
    /// When another program has taken the port meanwhile.
    pub async fn restore(&mut self) -> io::Result<()> {
        self.cut().await;
        self.resume();
        self.go_on();
        let listener = listen(self.address).await?;
        self.start(listener);
        Ok(())
    }

    fn start(&mut self, listener: TcpListener) {
        self.forwarding = Some(tokio::spawn(forward(listener, self.server.clone(), self.limits.clone())));
    }
}

/// How long a port is tried again, and how often.
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY_INTERVAL: Duration = Duration::from_millis(5);

/// Listens at a port that is kept for us. While another thread starts a program, that has a copy of each listener for a
/// moment, also of one that was closed here.
async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                sleep(RETRY_INTERVAL).await;
            }
            result => return result,
        }
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
async fn forward(listener: TcpListener, server: String, limits: Limits) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connect(client, server.clone(), limits.clone()));
    }
}

/// Ends both directions when one does. No message waits until those before it are acknowledged: systems put that off, Linux
/// for 40 ms (<https://www.rfc-editor.org/rfc/rfc1122>, 4.2.3.2 and 4.2.3.4).
async fn connect(mut client: TcpStream, server: String, limits: Limits) -> io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, to_client) = client.split();
    let (mut from_server, to_server) = server.split();
    let (requests, answers) = (requests(&mut from_client, to_server, &limits), answers(&mut from_server, to_client));
    tokio::select! { end = requests => end, end = answers => end }
}

async fn requests(client: &mut ReadHalf<'_>, mut server: WriteHalf<'_>, limits: &Limits) -> io::Result<()> {
    let mut buffer = [0; 8192];
    loop {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        if count > limits.longest.load(Ordering::Relaxed) {
            return swallow(client).await;
        }
        hold(limits.latency.load(Ordering::Relaxed)).await;
        // Fails when nobody can end the pause any more: the link is gone, and this connection with it.
        let _ = limits.paused.subscribe().wait_for(|paused| !paused).await;
        server.write_all(&buffer[..count]).await?;
    }
}

/// No timer ends within the millisecond in which it began, not even one of 0.
async fn hold(milliseconds: u64) {
    if milliseconds > 0 {
        sleep(Duration::from_millis(milliseconds)).await;
    }
}

/// Whoever waits for an answer waits in vain. Once the client has given up, the server need not wait for it either: its
/// session would count as one of the client's.
async fn swallow(client: &mut ReadHalf<'_>) -> io::Result<()> {
    tokio::io::copy(client, &mut tokio::io::sink()).await?;
    Ok(())
}

async fn answers(server: &mut ReadHalf<'_>, mut client: WriteHalf<'_>) -> io::Result<()> {
    tokio::io::copy(server, &mut client).await?;
    Ok(())
}
