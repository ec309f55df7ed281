//! The programs of the solutions, built beside the program that asks for them.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use checks::lessons;
use lab::machine::cargo;

/// The names of all lessons, in their order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = lessons::all().map(|check| check.lesson).collect();
    names.dedup();
    names
}

/// Builds the solutions of all lessons.
///
/// # Errors
///
/// When one does not compile.
pub fn build() -> Result<()> {
    let status = cargo::cargo().args(["build", "--quiet", "--package", "lab", "--package", "solution-*"]).status()?;
    ensure!(status.success(), "the solutions do not compile");
    Ok(())
}

/// The program of a lesson's solution.
///
/// # Errors
///
/// When nobody knows where this program is.
pub fn program(lesson: &str) -> Result<PathBuf> {
    let own = env::current_exe()?;
    let folder = own.ancestors().find(|folder| folder.join(".fingerprint").is_dir());
    let folder = folder.context("this program is in no folder of cargo")?;
    Ok(folder.join(format!("solution-{lesson}{}", env::consts::EXE_SUFFIX)))
}
