//! The program, while it runs.

use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use checks::services::{if_installed, not_started};
use lab::machine::cargo;
use nix::unistd::Pid;

use crate::course::lab;

/// Longer than any build takes.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs a solution's shop at an address.
pub(crate) fn shop(lesson: &str, address: &str) -> Command {
    let mut command = lab(&["run", lesson, "--solution"]);
    command.env("DATABASE_URL", "sqlite::memory:").env("LISTEN_ADDR", address);
    command
}

/// Builds a package of the course, as the program itself would.
pub(crate) fn build(package: &str) {
    let target = lab(&[]);
    let mut cargo = cargo::cargo();
    cargo
        .args(["build", "--quiet", "--package", "lab", "--package", package, "--bin", package])
        .current_dir(target.get_current_dir().unwrap());
    cargo.envs(target.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert!(cargo.status().unwrap().success(), "{package}");
}

/// Runs the program as a terminal does, as the leader of a group; stops it when something listens at the address.
pub(crate) fn run_until(command: &mut Command, address: &str, stop: impl FnOnce(Pid)) -> Output {
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut lab = command.spawn().unwrap();
    let mut has_ended = false;
    wait_until(|| {
        has_ended = lab.try_wait().unwrap().is_some();
        has_ended || TcpStream::connect(address).is_ok()
    });
    assert!(!has_ended, "it has ended: {:?}", lab.wait_with_output().unwrap());
    stop(pid(&lab));
    lab.wait_with_output().unwrap()
}

/// Whether there is a Prometheus to test with. Says loudly that there is none. CI requires it.
pub(crate) fn prometheus_is_installed(test: &str) -> bool {
    let is_there = Command::new("prometheus").arg("--version").output();
    let is_there = is_there.map(drop).map_err(|error| not_started(error, "prometheus", "prometheus"));
    if_installed(is_there, test).unwrap().is_some()
}

/// Waits for something that comes soon.
pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it did not happen");
        thread::sleep(Duration::from_millis(20));
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap())
}
