//! The program, while it runs.

use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

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

/// Runs the program as a terminal does, as the leader of a group; stops it when something listens at the address.
pub(crate) fn run_until(command: &mut Command, address: &str, stop: impl FnOnce(Pid)) -> Output {
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let lab = command.spawn().unwrap();
    wait_until(|| TcpStream::connect(address).is_ok());
    stop(pid(&lab));
    lab.wait_with_output().unwrap()
}

/// Waits for something that comes soon.
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it did not happen");
        thread::sleep(Duration::from_millis(20));
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap())
}
