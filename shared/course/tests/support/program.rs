//! A program of the course, to be started as a process of its own.

use std::path::{Path, PathBuf};

use lab::machine::cargo;

/// The program of a package. `cargo test` has built it, unless it was asked for this test alone.
pub(crate) fn of(package: &str) -> PathBuf {
    let target = std::env::current_exe().unwrap().ancestors().nth(2).map(Path::to_owned).unwrap();
    let program = target.join(package).with_extension(std::env::consts::EXE_EXTENSION);
    if !program.is_file() {
        let build = cargo::cargo().args(["build", "--quiet", "--package", "lab", "--package", package]).status();
        assert!(build.unwrap().success());
    }
    program
}
