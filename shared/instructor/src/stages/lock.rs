//! `Cargo.lock` of a branch: that of the course, without what no crate of the branch needs. Else cargo would write it again
//! with the first build, and git would call that a change.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use lab::machine::cargo::cargo;

use crate::repository::Files;

/// The lock file of a workspace, whose versions are those of the course. Nothing is asked of the network.
pub(super) fn pruned(files: &Files, lock: &str, scratch: &Path) -> Result<String> {
    let folder = tempfile::Builder::new().prefix("stage-").tempdir_in(scratch)?;
    for path in files.keys().filter(|path| path.ends_with(".toml") || path.ends_with(".rs")) {
        let place = folder.path().join(path);
        fs::create_dir_all(place.parent().unwrap_or(folder.path()))?;
        // Of the sources, cargo wants to know only that they are there.
        let content = files.get(path).filter(|_| path.ends_with(".toml")).map(|file| file.content.as_slice());
        fs::write(place, content.unwrap_or_default())?;
    }
    let place = folder.path().join("Cargo.lock");
    fs::write(&place, lock)?;
    let mut command = cargo();
    command.args(["update", "--workspace", "--offline", "--quiet"]).current_dir(folder.path());
    let output = command.output().context("cargo does not run")?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "cargo cannot say which libraries the branch needs. It says:\n{}",
        words.trim_end()
    );
    Ok(fs::read_to_string(place)?)
}
