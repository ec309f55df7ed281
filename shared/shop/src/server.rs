//! The start, the listeners, and the stop.

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::connections;
use crate::error::Error;
use crate::store::Store;

/// How long requests may go on after the signal to stop. Kubernetes gives a pod 30 seconds by default.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(12);

/// Where every lesson has its metrics.
const METRICS_PATH: &str = "/metrics";

/// Runs the shop that `app` makes of a store, as the environment says, until Ctrl-C or SIGTERM.
///
/// With several addresses in `LISTEN_ADDR`, each gets an app of its own: replicas in one process.
///
/// # Errors
///
/// When the environment, the database or an address cannot be used.
pub async fn run(app: impl Fn(Store) -> anyhow::Result<Router>) -> anyhow::Result<()> {
    run_any(&app).await
}

/// Not generic: so it is compiled here, and not again with each lesson.
async fn run_any(app: &dyn Fn(Store) -> anyhow::Result<Router>) -> anyhow::Result<()> {
    init_logging();
    let config = Config::from_env()?;
    let store = Store::connect(&config).await?;
    // Before a port is open: whoever sees it open may want it closed at once.
    let stop = StopSignal::listen().context("this system tells nothing of Ctrl-C")?;
    let mut listeners = Vec::new();
    for (replica, address) in config.listen_addresses.iter().enumerate() {
        // Before the port is open: whoever finds it open may count on all apps up to this one.
        let mut app = app(store.clone()).context("cannot build the app")?;
        if let Some(metrics_addresses) = &config.metrics_addresses {
            let listener = bind(metrics_addresses[replica], "METRICS_ADDR").await?;
            tracing::info!("its metrics are at http://{}{METRICS_PATH}, and nowhere else", listener.local_addr()?);
            listeners.push((listener, metrics_alone(app.clone())));
            app = without_metrics(app);
        }
        let listener = bind(*address, "LISTEN_ADDR").await?;
        tracing::info!("the shop is open at http://{}", listener.local_addr()?);
        listeners.push((listener, app));
    }
    serve(listeners, stop).await?;
    store.close().await;
    tracing::info!("the shop is closed");
    Ok(())
}

/// Logs go to standard error. `RUST_LOG` chooses what, `info` by default.
fn init_logging() {
    let filter = std::env::var("RUST_LOG").ok().filter(|filter| EnvFilter::try_new(filter).is_ok());
    // sqlx would warn of each parameter of DATABASE_URL that it does not know, with its value: `pasword=...`.
    let filter = format!("{},sqlx_postgres::options=error", filter.as_deref().unwrap_or("info"));
    let colours = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(colours)
        .with_writer(std::io::stderr);
    // Fails when a program has set up its own logging, which then stays.
    let _ = subscriber.try_init();
}

/// The app without its metrics. They have a listener of their own, which faces nobody but Prometheus.
pub fn without_metrics(app: Router) -> Router {
    serve_only(app, |path| path != METRICS_PATH)
}

/// The metrics of the app, and nothing else of it.
pub fn metrics_alone(app: Router) -> Router {
    serve_only(app, |path| path == METRICS_PATH)
}

fn serve_only(app: Router, served: fn(&str) -> bool) -> Router {
    app.layer(from_fn(move |request: Request, next: Next| async move {
        if served(request.uri().path()) { next.run(request).await } else { Error::RouteNotFound.into_response() }
    }))
}

async fn bind(address: SocketAddr, variable: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}: stop the program that does, or choose another port, such as {variable}={}:{}",
            address.ip(),
            address.port().wrapping_add(1).max(1024),
        )
    })
}

/// Serves every app on its listener until a signal; then lets the requests that are under way finish.
async fn serve(listeners: Vec<(TcpListener, Router)>, stop_signal: StopSignal) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    let places = (connections::places() / listeners.len().max(1)).max(1);
    for (listener, app) in listeners {
        let mut stopped = stopped.clone();
        let shutdown = async move {
            // Fails when the sender is gone, which is a reason to stop too.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        servers.spawn(connections::serve(listener, app, places, shutdown));
    }
    stop_signal.received().await?;
    stop.send_replace(true);
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, servers.join_all()).await.is_err() {
        tracing::warn!("some requests took too long and were cut off");
    }
    Ok(())
}

/// Word of Ctrl-C, and of SIGTERM, which Docker and Kubernetes send. From the moment that this value is made, neither of
/// them ends the process by itself any more.
struct StopSignal {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

#[cfg(unix)]
impl StopSignal {
    fn listen() -> io::Result<Self> {
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate })
    }

    async fn received(mut self) -> io::Result<()> {
        tokio::select! {
            _ = self.interrupt.recv() => Ok(()),
            _ = self.terminate.recv() => Ok(()),
        }
    }
}

#[cfg(not(unix))]
impl StopSignal {
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn received(self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}

/// Waits for Ctrl-C, or for SIGTERM.
///
/// # Errors
///
/// When this system tells no program about its signals.
pub async fn stop_signal() -> io::Result<()> {
    StopSignal::listen()?.received().await
}
