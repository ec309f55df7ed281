//! Real servers for the checks: on free ports, in folders of their own, and gone with the value that stands for them.

pub mod alertmanager;
pub(crate) mod ending;
pub mod link;
pub mod node_exporter;
pub mod postgres;
pub mod postgres_exporter;
pub mod prometheus;
pub mod promtool;
pub mod pushgateway;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take until it is ready.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a server may take to end when it is asked to. Then it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Why a program is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It is not there.
    #[error("{program} is not installed: `apt install {package}`")]
    Missing {
        /// The program.
        program: &'static str,
        /// Debian's package that has it.
        package: &'static str,
    },
    /// It ends with an error, or before it is ready.
    #[error("{program} ended ({status}):\n{log}")]
    Ended {
        /// The program.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote.
        log: String,
    },
    /// It runs, but is of no use yet.
    #[error("{program} is not ready after {} seconds:\n{log}", START_TIMEOUT.as_secs())]
    NotReady {
        /// The program.
        program: &'static str,
        /// What it wrote.
        log: String,
    },
    /// It answers, but not with what it was asked for.
    #[error("{program} refuses: {reason}")]
    Refused {
        /// The program.
        program: &'static str,
        /// Its own words.
        reason: String,
    },
    /// There is no user to run it as.
    #[error("PostgreSQL does not run as root, and there is no user `postgres`: `apt install postgresql`")]
    NoUser,
    /// This machine gives no process, no port, no file.
    #[error("cannot start a server: {0}")]
    Io(#[from] io::Error),
    /// It gives no answer that can be read.
    #[error("a server does not answer: {0}")]
    Http(#[from] reqwest::Error),
}

/// Turns a program that is not installed into nothing, and says loudly what it was wanted for. With
/// `LAB_REQUIRE_SERVICES=1`, as CI has it, that stays an error.
///
/// # Errors
///
/// All other errors of `result`.
pub fn if_installed<T>(result: Result<T, ServiceError>, wanted_for: &str) -> Result<Option<T>, ServiceError> {
    let required = std::env::var("LAB_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
    match result {
        Err(missing @ ServiceError::Missing { .. }) if !required => {
            // Not `eprintln`, which the test runner keeps to itself as long as tests pass.
            writeln!(io::stderr(), "\nNOT RUN: {wanted_for}. {missing}\n")?;
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// Runs a tool to its end, and gives what it wrote.
///
/// # Errors
///
/// When it is not installed, cannot be started, or fails.
pub fn run_tool(mut command: Command, program: &'static str, package: &'static str) -> Result<String, ServiceError> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(error, program, package))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let log = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(ServiceError::Ended { program, status: output.status, log })
}

/// A server in a folder of its own. Both end with this value.
pub(crate) struct Server {
    program: &'static str,
    child: Child,
    folder: TempDir,
}

impl Server {
    /// Starts it, with its log in the folder.
    pub(crate) fn start(
        program: &'static str,
        package: &'static str,
        mut command: Command,
        folder: TempDir,
    ) -> Result<Self, ServiceError> {
        let log = File::create(log_path(folder.path()))?;
        let command = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().map_err(|error| not_started(error, program, package))?;
        Ok(Self { program, child, folder })
    }

    /// Waits until it does what it is for.
    pub(crate) async fn wait_until<F>(&mut self, ready: impl Fn() -> F) -> Result<(), ServiceError>
    where
        F: Future<Output = bool>,
    {
        let deadline = Instant::now() + START_TIMEOUT;
        while !ready().await {
            if let Some(status) = self.child.try_wait()? {
                return Err(ServiceError::Ended { program: self.program, status, log: self.log() });
            }
            if Instant::now() >= deadline {
                return Err(ServiceError::NotReady { program: self.program, log: self.log() });
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(log_path(self.folder.path())).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        interrupt(&mut self.child);
        let deadline = Instant::now() + STOP_TIMEOUT;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() >= deadline {
                // Fails when it has just ended, which is what was wanted.
                let _ = self.child.kill();
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// Tells a program that is not there from other reasons why it does not start.
pub fn not_started(error: io::Error, program: &'static str, package: &'static str) -> ServiceError {
    match error.kind() {
        io::ErrorKind::NotFound => ServiceError::Missing { program, package },
        _ => error.into(),
    }
}

/// A server's image as a program in the foreground, which SIGINT ends, if Docker answers. Settings are environment
/// variables of the container.
pub(crate) fn container(image: &str, port: u16, port_inside: u16, settings: &[&str]) -> Option<Command> {
    let mut version = Command::new("docker");
    let answers = version.arg("version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    answers.ok().filter(ExitStatus::success)?;
    let mut command = Command::new("docker");
    command.args(["run", "--rm", "--publish", &format!("127.0.0.1:{port}:{port_inside}")]);
    command.args(settings.iter().flat_map(|setting| ["--env", setting])).arg(image);
    Some(command)
}

/// As Ctrl-C: PostgreSQL and Prometheus then end at once, and clean up.
#[cfg(unix)]
fn interrupt(child: &mut Child) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    if let Ok(id) = i32::try_from(child.id()) {
        // Fails when it has ended by itself.
        let _ = kill(Pid::from_raw(id), Signal::SIGINT);
    }
}

#[cfg(not(unix))]
fn interrupt(child: &mut Child) {
    // Fails when it has ended by itself.
    let _ = child.kill();
}
