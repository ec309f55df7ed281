//! The crates that `Cargo.lock` names, and where cargo keeps them.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use lab::machine::cargo;
use lab::problem::{Problem, Result};
use serde::Deserialize;
use tokio::process::Command;

use super::programs::in_foreground;

/// `Cargo.lock`, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    /// None for a crate of the course itself.
    source: Option<String>,
    checksum: Option<String>,
}

/// A crate from a registry.
#[derive(Debug, Clone)]
pub(super) struct Crate {
    /// Its file, such as `clap-4.5.0.crate`.
    pub(super) file: String,
    /// The SHA-256 of that file.
    pub(super) checksum: String,
    /// Where it is on this machine, if it is.
    pub(super) path: Option<PathBuf>,
    /// The size of the file in bytes, if it is here.
    pub(super) bytes: u64,
}

/// Lets cargo fetch what is not here yet: for these platforms, or for all if none is named.
pub(super) async fn fetch(root: &Path, targets: &[String]) -> Result<()> {
    let mut command = Command::from(cargo::cargo());
    command.args(["fetch", "--locked"]).args(targets.iter().flat_map(|target| ["--target", target])).current_dir(root);
    if in_foreground(command).await?.success() {
        return Ok(());
    }
    Err(Problem::new("cargo has not fetched all crates. It says above which one, and why.").advice(
        "What has come is kept: type it again, and it goes on from there. If cargo says that Cargo.lock has to be updated, \
         run `cargo metadata --format-version 1 > Cargo.metadata` with a network, delete that file, and look what \
         `git diff Cargo.lock` says.",
    ))
}

/// All crates that a `Cargo.lock` names, in the order of their names.
pub(super) fn locked(lock: &str) -> Result<Vec<Crate>> {
    let broken = |words: String| Problem::new("Cargo.lock cannot be understood").quoting(words).get_back("Cargo.lock");
    let lock: Lock = toml::from_str(lock).map_err(|error| broken(error.to_string()))?;
    let files = cached();
    let mut crates = Vec::new();
    for package in lock.package {
        let Some(source) = package.source else { continue };
        let name = format!("{}-{}", package.name, package.version);
        let (true, Some(checksum)) = (source.starts_with("registry+"), package.checksum) else {
            return Err(Problem::new(format!("{name} does not come from a registry, but from {source}"))
                .advice("Only what cargo gets from a registry can be carried along. Take a published version of it."));
        };
        let file = format!("{name}.crate");
        let found = files.get(&OsString::from(&file));
        let (path, bytes) = found.cloned().map_or((None, 0), |(path, bytes)| (Some(path), bytes));
        crates.push(Crate { file, checksum, path, bytes });
    }
    crates.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(crates)
}

/// What cargo has fetched so far, from any registry: the path and the size of each file, by its name.
fn cached() -> BTreeMap<OsString, (PathBuf, u64)> {
    let registries = fs::read_dir(home().join("registry/cache")).into_iter().flatten().flatten();
    let files = registries.filter_map(|registry| fs::read_dir(registry.path()).ok()).flatten().flatten();
    let files = files.filter_map(|file| Some((file.file_name(), (file.path(), file.metadata().ok()?.len()))));
    files.collect()
}

/// Cargo's own folder.
fn home() -> PathBuf {
    let default = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map_or_else(default, PathBuf::from)
}
