//! A shop in a process of its own, so that its descriptors, its limits and its disks are its own too.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use checks::ports::free_port;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::NamedTempFile;

const PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The shop of lesson 04, which runs for as long as this value lives.
pub(crate) struct Shop {
    address: SocketAddr,
    child: Child,
    log: NamedTempFile,
}

/// This program once more is the shop. It is no test, and only [`Shop`] runs it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the shop itself, for the tests"]
async fn the_shop() {
    if std::env::var_os("DATABASE_URL").is_some() {
        shop::run(solution_04_summary::app).await.unwrap();
    }
}

impl Shop {
    /// Starts it with these environment variables, by way of a program that runs the rest of its arguments, if there
    /// is one.
    pub(crate) fn start(variables: &[(&str, &str)], by_way_of: &[&str]) -> Self {
        Self::try_start(variables, by_way_of).unwrap_or_else(|log| unreachable!("the shop ends at once:\n{log}"))
    }

    /// As [`Shop::start`]. The error is what a shop has written that ends before it takes connections.
    pub(crate) fn try_start(variables: &[(&str, &str)], by_way_of: &[&str]) -> Result<Self, String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port().unwrap()));
        let log = NamedTempFile::new().unwrap();
        let itself = std::env::current_exe().unwrap();
        let itself = [itself.to_str().unwrap(), "shop::process::the_shop", "--exact", "--ignored", "--nocapture"];
        let words: Vec<_> = by_way_of.iter().copied().chain(itself).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("LISTEN_ADDR", address.to_string()).envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.reopen().unwrap()).process_group(0);
        let mut child = command.spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            let ended = child.try_wait().unwrap().is_some();
            if ended || Instant::now() > deadline {
                return Err(fs::read_to_string(log.path()).unwrap());
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(Self { address, child, log })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How many descriptors it has open.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Not by `Child::kill`: a program that it runs by way of may have left a child.
        let group = Pid::from_raw(-i32::try_from(self.pid()).unwrap());
        let _ = kill(group, Signal::SIGKILL);
        let _ = self.child.wait();
        if thread::panicking() {
            let _ = writeln!(std::io::stderr(), "what the shop wrote at last:\n{}", last_lines(&self.log()));
        }
    }
}

fn last_lines(log: &str) -> String {
    const LINES: usize = 12;
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
