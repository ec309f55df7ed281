//! `cargo lab run`: the app of a lesson, in the foreground.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitStatus;

use clap::Args;
use shop::Config;
use tokio::process::Command;

use crate::cli::Which;
use crate::commands;
use crate::course::{Course, Program};
use crate::problem::{Exit, Problem, Result};
use crate::report::{self, HEADING, styled};
use crate::signals::{self, Stop};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Which shop.
    #[command(flatten)]
    pub which: Which,
}

/// What is to be run.
#[derive(Debug)]
pub struct Run<'a> {
    course: &'a Course,
    program: Program,
    addresses: Vec<SocketAddr>,
}

impl<'a> Run<'a> {
    /// Makes sense of what was typed, and of the environment.
    ///
    /// # Errors
    ///
    /// When it makes none, or an address is taken.
    pub fn new(typed: Typed, course: &'a Course) -> Result<Self> {
        let program = commands::program(typed.which, course)?;
        let config = Config::from_env().map_err(|error| Problem::usage(error.to_string()))?;
        let addresses = config.listen_addresses;
        for address in &addresses {
            require_free(*address, &program)?;
        }
        Ok(Self { course, program, addresses })
    }

    /// Builds the program and runs it until it ends.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started.
    pub async fn run(self) -> Result<Exit> {
        let executable = commands::build(self.course, &self.program).await?;
        self.announce();
        let status = foreground(&executable, self.course.root()).await;
        let status = status.map_err(|error| Problem::new(format!("cannot run {}: {error}", executable.display())))?;
        Ok(Exit::App(exit_code(status)))
    }

    fn announce(&self) {
        report::line(styled(HEADING, format!("The shop of {}. Ctrl-C closes it.", self.program.folder())));
        for address in &self.addresses {
            report::line(format!("  storefront  http://{address}"));
            if self.program.has_metrics() {
                report::line(format!("  metrics     http://{address}/metrics"));
            }
        }
        report::line("");
    }
}

/// The shop itself would say so too, but only after a build.
fn require_free(address: SocketAddr, program: &Program) -> Result<()> {
    let Err(error) = TcpListener::bind(address) else { return Ok(()) };
    if error.kind() != io::ErrorKind::AddrInUse {
        return Err(Problem::new(format!("cannot listen on {address}: {error}")));
    }
    let other = (address.port()..u16::MAX).map(|port| SocketAddr::new(address.ip(), port + 1));
    let other = other.into_iter().find(|other| TcpListener::bind(other).is_ok());
    let other = other
        .map(|other| format!(", or take another port:\n  LISTEN_ADDR={other} cargo lab run {}", program.arguments()));
    Err(Problem::new(format!("port {} of {} is taken by another program", address.port(), address.ip()))
        .advice(format!("Stop that program{}", other.unwrap_or_default())))
}

/// Runs a program with the terminal's input and output, and waits for its end, whatever comes: Ctrl-C reaches it by
/// itself, since it belongs to the same terminal, and a request to end is passed on.
async fn foreground(executable: &Path, folder: &Path) -> io::Result<ExitStatus> {
    let mut child = Command::new(executable).current_dir(folder).kill_on_drop(true).spawn()?;
    loop {
        tokio::select! {
            status = child.wait() => return status,
            stop = signals::stop() => if stop? == Stop::Terminate { signals::terminate(&mut child) },
        }
    }
}

/// The exit code, as a shell gives it.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let code = status.code().or_else(|| Some(128 + std::os::unix::process::ExitStatusExt::signal(&status)?));
    #[cfg(not(unix))]
    let code = status.code();
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
