//! The shop of a lesson, which runs while one edits it.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use checks::database::Database;
use shop::Config;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::traffic;
use crate::machine::{ports, signals};
use crate::problem::{Problem, Result};
use crate::screen::last_words;

/// How long a shop may take to finish what its visitors wait for. Then it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// A shop with visitors, on a database that outlives each new build of it.
pub(super) struct Beside {
    /// Programs to run, each instead of the one before.
    programs: mpsc::UnboundedSender<PathBuf>,
    status: watch::Receiver<Status>,
    running: JoinHandle<()>,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// No program was built yet.
    #[default]
    NotBuilt,
    /// It is open.
    Open {
        /// Where it listens.
        address: SocketAddr,
        /// Where it should listen, if that was taken.
        taken: Option<SocketAddr>,
    },
    /// It does not run, for this reason.
    Closed(String),
}

/// What each program is run with.
struct Place {
    wanted: SocketAddr,
    database: Database,
    folder: TempDir,
}

impl Beside {
    /// Makes a place for a shop, where `LISTEN_ADDR` says.
    ///
    /// # Errors
    ///
    /// When the environment makes no sense, or there is no database.
    pub(super) async fn prepare() -> Result<Self> {
        let config = Config::from_env().map_err(|error| Problem::usage(error.to_string()))?;
        let wanted = config.listen_addresses.first().copied();
        let wanted = wanted.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)));
        let database = Database::fresh().await.map_err(|error| Problem::new(error.to_string()))?;
        let folder = tempfile::Builder::new().prefix("watch-").tempdir();
        let folder = folder.map_err(|error| Problem::new(format!("cannot make a temporary folder: {error}")))?;
        let (programs, to_run) = mpsc::unbounded_channel();
        let (tell, status) = watch::channel(Status::NotBuilt);
        let running = tokio::spawn(run_each(Place { wanted, database, folder }, to_run, tell));
        Ok(Self { programs, status, running })
    }

    /// Runs a program instead of the one before.
    pub(super) fn run(&self, program: PathBuf) {
        // Fails when the task has ended, which only `close` makes it do.
        let _ = self.programs.send(program);
    }

    /// What became of it by now.
    pub(super) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits until something else became of it.
    pub(super) async fn changed(&mut self) {
        // Fails when the task has ended, which only `close` makes it do.
        let _ = self.status.changed().await;
    }

    /// Closes the shop.
    pub(super) async fn close(self) {
        drop(self.programs);
        // Fails when it panicked, and then there is nothing left to close.
        let _ = self.running.await;
    }
}

/// Runs each program until the next one comes, or no more can come.
async fn run_each(place: Place, mut programs: mpsc::UnboundedReceiver<PathBuf>, tell: watch::Sender<Status>) {
    let mut next = programs.recv().await;
    while let Some(program) = next {
        let mut shop = match place.open(&program) {
            Ok((shop, status)) => {
                tell.send_replace(status);
                shop
            }
            Err(error) => {
                tell.send_replace(Status::Closed(format!("it cannot be started: {error}")));
                next = programs.recv().await;
                continue;
            }
        };
        next = tokio::select! {
            program = programs.recv() => program,
            _ = shop.child.wait() => {
                tell.send_replace(Status::Closed(place.last_words()));
                programs.recv().await
            }
        };
        shop.close().await;
    }
}

/// A shop that is open.
struct Shop {
    child: Child,
    visitors: JoinHandle<()>,
}

impl Place {
    fn open(&self, program: &Path) -> io::Result<(Shop, Status)> {
        let address = ports::next_free(self.wanted);
        let log = File::create(self.log())?;
        let mut command = Command::new(self.runnable(program)?);
        command.env("LISTEN_ADDR", address.to_string()).env("DATABASE_URL", self.database.url()).env("NO_COLOR", "1");
        // Its page is where it is shown.
        command.env_remove("METRICS_ADDR");
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let child = command.spawn()?;
        let visitors = tokio::spawn(traffic::visit(address));
        let taken = (address != self.wanted).then_some(self.wanted);
        Ok((Shop { child, visitors }, Status::Open { address, taken }))
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("shop.log")
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        format!("it ended:\n{}", last_words::of(&log))
    }

    /// Windows does not let cargo replace a program that runs, so a copy runs there.
    #[cfg(windows)]
    fn runnable(&self, program: &Path) -> io::Result<PathBuf> {
        let copy = self.folder.path().join("shop.exe");
        std::fs::copy(program, &copy)?;
        Ok(copy)
    }

    #[cfg(not(windows))]
    fn runnable(&self, program: &Path) -> io::Result<PathBuf> {
        Ok(program.to_owned())
    }
}

impl Shop {
    async fn close(mut self) {
        self.visitors.abort();
        signals::terminate(&mut self.child);
        if timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            // Fails when it has just ended.
            let _ = self.child.kill().await;
        }
    }
}
