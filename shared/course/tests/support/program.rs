//! A program of the course, to be started as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program of a package. `cargo test` has built it, unless it was asked for this test alone.
pub(crate) fn of(package: &str) -> PathBuf {
    let target = std::env::current_exe().unwrap().ancestors().nth(2).map(Path::to_owned).unwrap();
    let program = target.join(package).with_extension(std::env::consts::EXE_EXTENSION);
    if !program.is_file() {
        let build = Command::new(env!("CARGO")).args(["build", "--quiet", "--package", package]).status();
        assert!(build.unwrap().success());
    }
    program
}
