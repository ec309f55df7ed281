//! The connections of clients: how many there may be, and how long a client may take to send a request or to read an
//! answer. Else a few who do neither would keep everybody else out.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// How long a client may take to send the head of a request, or nothing at all, and how long to read a piece of an
/// answer. Then its connection ends. It is longer than the pause between two scrapes, so that Prometheus keeps its own.
pub const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);

/// The most connections, however many files the system lets a process open.
const MAX_CONNECTIONS: usize = 10_000;

/// Serves an app on a listener until `stop` is done; then lets the requests that are under way finish. When all places
/// are taken, the client leaves who has been there the longest without a request.
pub async fn serve(mut listener: TcpListener, app: Router, places: usize, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(places));
    let connections = GracefulShutdown::new();
    let mut silent = VecDeque::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = Listener::accept(&mut listener);
        let (client, _) = tokio::select! { accepted = accepted => accepted, () = &mut stop => break };
        silent.retain(Connected::is_silent);
        if places.available_permits() == 0
            && let Some(longest) = silent.pop_front()
        {
            longest.task.abort();
        }
        let place = places.clone().acquire_owned();
        let place = tokio::select! { place = place => place, () = &mut stop => break };
        let asked = Arc::new(AtomicBool::new(false));
        let connection = connection(client, app.clone(), asked.clone(), connections.watcher());
        let task = tokio::spawn(async {
            let _place = place;
            connection.await;
        });
        silent.push_back(Connected { asked, task: task.abort_handle() });
    }
    drop(listener);
    connections.shutdown().await;
}

/// A client on the other end of a connection.
struct Connected {
    asked: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Connected {
    /// Whether it has asked for nothing yet.
    fn is_silent(&self) -> bool {
        // The flag stands for itself: no other data depends on it.
        !self.asked.load(Ordering::Relaxed) && !self.task.is_finished()
    }
}

async fn connection(client: TcpStream, app: Router, asked: Arc<AtomicBool>, watcher: Watcher) {
    let mut client = TimeoutStream::new(client);
    client.set_write_timeout(Some(CLIENT_TIMEOUT));
    let service = service_fn(move |request| {
        asked.store(true, Ordering::Relaxed);
        app.clone().oneshot(request)
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(CLIENT_TIMEOUT);
    let connection = server.serve_connection(TokioIo::new(Box::pin(client)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("a connection ended: {error}");
    }
}

/// How many clients may be connected to this process: half of the files that it may open. The database needs some of the
/// others.
pub fn places() -> usize {
    (open_files() / 2).clamp(1, MAX_CONNECTIONS)
}

#[cfg(unix)]
fn open_files() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.and_then(|limit| limit.try_into().ok()).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn open_files() -> usize {
    usize::MAX
}
