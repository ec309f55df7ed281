//! What makes a machine or a process busy, and what makes them need memory.

use std::hint::black_box;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use futures_util::future::{Either, join_all, select};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::outcome::{Outcome, Stop};
use crate::subject::app::App;

/// The most batches on one connection's turn: a bound, far above what a check needs.
const BATCHES: usize = 1_000;
const REQUESTS_PER_BATCH: usize = 20;
/// After a batch that the app has refused at once.
const SHORTEST_REST: Duration = Duration::from_millis(5);

/// Keeps the app busy for as long as something else goes on: with up to half of the machine, which is enough to be seen, and
/// leaves room for others.
pub(super) async fn while_busy<T>(app: &App, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let busy = join_all((0..cores()).map(|_| keep_busy(app)));
    match select(Box::pin(work), Box::pin(busy)).await {
        Either::Left((result, _)) => result,
        Either::Right((_, work)) => work.await,
    }
}

/// Sends requests in batches, which cost the app much and the check little, and rests for as long after each. An app that hangs
/// up on one batch is sent the next.
async fn keep_busy(app: &App) {
    let address = app.address();
    let request = format!("GET /items HTTP/1.1\r\nHost: {address}\r\n");
    let batch =
        format!("{}{request}Connection: close\r\n\r\n", format!("{request}\r\n").repeat(REQUESTS_PER_BATCH - 1));
    for _ in 0..BATCHES {
        let began = Instant::now();
        let _ = exchange(&address, &batch).await;
        sleep(began.elapsed().max(SHORTEST_REST)).await;
    }
}

async fn exchange(address: &str, batch: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(batch.as_bytes()).await?;
    let mut buffer = vec![0; 64 * 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Threads that use all CPU that they get, for as long as this value lives.
pub(super) struct Burning {
    _alive: Arc<()>,
}

impl Burning {
    /// One for each core.
    pub(super) fn start() -> Outcome<Self> {
        let alive = Arc::new(());
        for _ in 0..cores() {
            let alive = Arc::downgrade(&alive);
            thread::Builder::new().name("burn".into()).spawn(move || burn(&alive)).map_err(Stop::not_run)?;
        }
        Ok(Self { _alive: alive })
    }
}

fn burn(alive: &Weak<()>) {
    while alive.strong_count() > 0 {
        black_box((0..10_000_u64).map(black_box).sum::<u64>());
    }
}

const HEADERS: usize = 200;
/// Half of what hyper takes of a request's head.
const HEADER_BYTES: usize = 200_000;

/// Makes the app keep much in its memory, by requests that lack the end of their head, for as long as the connections
/// live. An app that hangs up on them keeps nothing.
pub(super) async fn hold_headers(app: &App) -> Vec<TcpStream> {
    let address = app.address();
    let head = format!("GET /items HTTP/1.1\r\nHost: {address}\r\nX-Filler: {}", "x".repeat(HEADER_BYTES));
    let held = join_all((0..HEADERS).map(|_| hold_header(&address, head.as_bytes()))).await;
    held.into_iter().flatten().collect()
}

async fn hold_header(address: &str, head: &[u8]) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(head).await?;
    Ok(stream)
}
