//! How a check starts an app: as a program of its own, or in a thread of this process.

use std::fs::File;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use futures_util::future::{BoxFuture, FutureExt, join_all};
use shop::{Config, Store};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::ports::free_port;
use crate::sandbox;

/// How long an app may take to answer its first connection.
const START_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// How an app is to be started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its `DATABASE_URL`.
    pub database_url: String,
    /// How many apps the process builds, each with a listener of its own.
    pub replicas: usize,
    /// The number of threads of its async runtime; the runtime's default if not set.
    pub worker_threads: Option<usize>,
    /// Environment variables of the lesson, which only a process of its own can be given.
    pub variables: Vec<(&'static str, String)>,
}

impl Default for Settings {
    /// Two replicas: a registry that two apps would fight over shows at once.
    fn default() -> Self {
        Self { database_url: String::new(), replicas: 2, worker_threads: None, variables: Vec::new() }
    }
}

/// Starts apps.
pub trait Launcher: Send + Sync {
    /// Starts one, and waits until it takes connections.
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>>;
}

/// An app that runs for as long as this value lives.
pub struct Running {
    /// Where its replicas listen.
    pub base_urls: Vec<String>,
    process: Process,
}

enum Process {
    Own { child: Box<Child>, log: tempfile::TempPath },
    Thread { _stop: oneshot::Sender<()> },
}

impl Running {
    /// Where a program of its own writes its log.
    pub(crate) fn log_path(&self) -> Option<PathBuf> {
        match &self.process {
            Process::Own { log, .. } => Some(log.to_path_buf()),
            Process::Thread { .. } => None,
        }
    }

    /// The process that the app runs in: one of its own, or this one.
    pub(crate) fn process_id(&self) -> Option<u32> {
        match &self.process {
            Process::Own { child, .. } => child.id().map(sandbox::inmost),
            Process::Thread { .. } => Some(std::process::id()),
        }
    }

    /// What a program of its own has written so far.
    pub(crate) fn log(&self) -> String {
        match &self.process {
            Process::Own { log, .. } => std::fs::read_to_string(log).unwrap_or_default(),
            Process::Thread { .. } => String::new(),
        }
    }
}

/// Why an app does not run.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// It ends before it takes a connection. This is what it said.
    #[error("the app ends as soon as it starts ({status}):\n{log}")]
    Ended {
        /// How it ended.
        status: String,
        /// The last lines that it wrote.
        log: String,
    },
    /// It runs, but takes no connection.
    #[error("the app does not listen at {address} after {} seconds:\n{log}", START_TIMEOUT.as_secs())]
    NotListening {
        /// Where it should.
        address: String,
        /// Which of its replicas should, from 0.
        replica: usize,
        /// The last lines that it wrote.
        log: String,
    },
    /// It cannot be built from its parts.
    #[error("the app cannot be built: {0:#}")]
    App(anyhow::Error),
    /// This machine gives no process, no port, no file.
    #[error("cannot start the app: {0}")]
    Io(#[from] io::Error),
    /// No HTTP client to speak to it.
    #[error("cannot make an HTTP client: {0}")]
    Client(reqwest::Error),
}

/// What an app says when it ends at its start, and which mistake that usually is.
const USUAL_CAUSES: [(&str, &str); 3] = [
    (
        "Duplicate metrics collector registration attempted",
        "Two metrics have the same name, or one is registered twice in the same registry.",
    ),
    (
        "InconsistentCardinality",
        "`with_label_values` got more or fewer values than the metric has labels. Values go by their position, in the order of the labels.",
    ),
    ("empty help string", "A metric has no help text. Prometheus and Grafana show it to whoever looks for the metric."),
];

impl LaunchError {
    /// Which mistake this usually is, if the app's last words tell.
    pub fn usual_cause(&self) -> Option<&'static str> {
        let Self::Ended { log, .. } = self else { return None };
        USUAL_CAUSES.iter().find(|(words, _)| log.contains(words)).map(|(_, cause)| *cause)
    }
}

/// A program that reads `DATABASE_URL` and `LISTEN_ADDR`.
#[derive(Debug, Clone)]
pub struct Program(pub PathBuf);

impl Launcher for Program {
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>> {
        self.start(settings).boxed()
    }
}

impl Program {
    async fn start(&self, settings: &Settings) -> Result<Running, LaunchError> {
        let addresses = free_addresses(settings.replicas)?;
        let (log, log_path) = tempfile::NamedTempFile::new()?.into_parts();
        let mut child = self.spawn(settings, &addresses, log)?;
        for (replica, address) in addresses.iter().enumerate() {
            wait_until_listening(&mut child, replica, address, &log_path).await?;
        }
        let base_urls = addresses.iter().map(|address| format!("http://{address}")).collect();
        Ok(Running { base_urls, process: Process::Own { child: Box::new(child), log: log_path } })
    }

    fn spawn(&self, settings: &Settings, addresses: &[String], log: File) -> io::Result<Child> {
        let mut command = Command::new(&self.0);
        command.env("DATABASE_URL", &settings.database_url).env("LISTEN_ADDR", addresses.join(","));
        // The exporter prefers the first one, the second one moves the metrics away, and whoever runs the check may
        // have set them.
        command.env_remove("DATA_SOURCE_NAME").env_remove("METRICS_ADDR");
        // What holds where these are not set is a promise, too.
        command.env_remove("SAMPLE_INTERVAL_MS").env_remove("SUMMARY_WINDOW_SECONDS");
        // The last lines of a log are read here: the reason, and neither colours nor a backtrace.
        command.env("NO_COLOR", "1").env("RUST_BACKTRACE", "0").env_remove("RUST_LIB_BACKTRACE");
        if let Some(threads) = settings.worker_threads {
            command.env("TOKIO_WORKER_THREADS", threads.to_string());
        }
        command.envs(settings.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true).spawn()
    }
}

fn free_addresses(count: usize) -> io::Result<Vec<String>> {
    (0..count).map(|_| Ok(format!("127.0.0.1:{}", free_port()?))).collect()
}

async fn wait_until_listening(
    child: &mut Child,
    replica: usize,
    address: &str,
    log: &std::path::Path,
) -> Result<(), LaunchError> {
    let deadline = Instant::now() + START_TIMEOUT;
    while TcpStream::connect(address).await.is_err() {
        if let Some(status) = child.try_wait()? {
            return Err(LaunchError::Ended { status: status.to_string(), log: last_lines(log) });
        }
        if Instant::now() >= deadline {
            let (address, log) = (address.to_owned(), last_lines(log));
            return Err(LaunchError::NotListening { address, replica, log });
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Ok(())
}

fn last_lines(log: &std::path::Path) -> String {
    const LINES: usize = 12;
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// What a lesson's crate calls `app`.
pub type BuildApp = fn(Store) -> anyhow::Result<Router>;

/// An app in a thread of this process, with an async runtime of its own, so that whatever it does to that
/// runtime does not stop the check.
#[derive(Debug, Clone, Copy)]
pub struct InProcess(pub BuildApp);

impl Launcher for InProcess {
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>> {
        let build = self.0;
        let settings = settings.clone();
        async move {
            let (started, start) = oneshot::channel();
            let (stop, stopped) = oneshot::channel();
            std::thread::Builder::new()
                .name("app".into())
                .spawn(move || run_thread(build, &settings, started, stopped))?;
            let base_urls = start.await.map_err(|_| LaunchError::Ended {
                status: "a panic".into(),
                log: "the panic's message stands above".into(),
            })??;
            Ok(Running { base_urls, process: Process::Thread { _stop: stop } })
        }
        .boxed()
    }
}

type Started = oneshot::Sender<Result<Vec<String>, LaunchError>>;

fn run_thread(build: BuildApp, settings: &Settings, started: Started, stopped: oneshot::Receiver<()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = settings.worker_threads {
        runtime.worker_threads(threads);
    }
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(error.into()))),
    };
    // Spawned rather than blocked on, so that the app runs where its settings say: on the worker threads.
    let settings = settings.clone();
    let app = runtime.spawn(async move {
        match start(build, &settings).await {
            Ok((base_urls, servers)) => {
                // Fails when nobody waits for the app any more; then `stopped` says so too.
                let _ = started.send(Ok(base_urls));
                tokio::select! { _ = servers => {}, _ = stopped => {} }
            }
            Err(error) => drop(started.send(Err(error))),
        }
    });
    // An app that panics has dropped its sender, which its launcher notices.
    let _ = runtime.block_on(app);
    runtime.shutdown_background();
}

async fn start(build: BuildApp, settings: &Settings) -> Result<(Vec<String>, impl Future + use<>), LaunchError> {
    let variable = |name: &str| (name == "DATABASE_URL").then(|| settings.database_url.clone());
    let config = Config::from_variables(variable).map_err(|error| LaunchError::App(error.into()))?;
    let store = Store::connect(&config).await.map_err(|error| LaunchError::App(error.into()))?;
    let mut base_urls = Vec::new();
    let mut servers = Vec::new();
    for _ in 0..settings.replicas {
        let app = build(store.clone()).map_err(LaunchError::App)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        base_urls.push(format!("http://{}", listener.local_addr()?));
        servers.push(axum::serve(listener, app).into_future());
    }
    Ok((base_urls, join_all(servers)))
}
