//! An exporter for PostgreSQL. Run it with `cargo lab run 05 --solution`, and look at <http://127.0.0.1:9187/metrics>.

use std::env;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use solution_05_postgres_exporter::{app, connection};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

/// The port of the official exporter, which Prometheus's list of ports reserves for it.
const DEFAULT_ADDRESS: &str = "127.0.0.1:9187";

/// How long scrapes may go on after the signal to stop: as long as any scrape takes.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<()> {
    // Before there is a log: sqlx writes parameters of a URL that it does not know there, and one may be a secret.
    let options = connection::options_from_env()?;
    init_logging();
    let address = env::var("LISTEN_ADDR").unwrap_or_else(|_| DEFAULT_ADDRESS.to_owned());
    let listener = TcpListener::bind(&address).await.with_context(|| {
        format!("cannot listen on {address}: set LISTEN_ADDR to a free address, such as {DEFAULT_ADDRESS}")
    })?;
    tracing::info!(
        "the metrics of PostgreSQL at {} are at http://{}/metrics",
        connection::address(&options),
        listener.local_addr()?,
    );
    serve(listener, app(connection::pool(options))).await
}

/// Logs go to standard error, in colour where somebody sees it. `RUST_LOG` chooses what, `info` by default.
fn init_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(stderr().is_terminal()).with_writer(stderr).init();
}

/// Serves until a signal, then lets the scrapes that are under way finish.
async fn serve(listener: TcpListener, app: Router) -> Result<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        // Fails when the sender is gone, which is a reason to stop too.
        let _ = stopped.await;
    };
    let server = tokio::spawn(axum::serve(listener, app).with_graceful_shutdown(shutdown).into_future());
    stop_signal().await?;
    drop(stop);
    match tokio::time::timeout(SHUTDOWN_TIMEOUT, server).await {
        Ok(served) => served??,
        Err(_) => tracing::warn!("some requests took too long and were cut off"),
    }
    Ok(())
}

/// Ctrl-C, or SIGTERM, which Docker and Kubernetes send.
async fn stop_signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
