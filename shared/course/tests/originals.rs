//! `cargo lab` knows how each file of the lessons was before a student has edited it.
//!
//! After a change of a lesson, this writes the list again:
//! `UPDATE_ORIGINALS=1 cargo test --package course --test originals`

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

const LIST: &str = "shared/lab/originals.txt";

#[test]
fn the_list_of_originals_is_that_of_the_lessons() {
    let list = list();
    if env::var_os("UPDATE_ORIGINALS").is_some() {
        fs::write(root().join(LIST), &list).unwrap();
    }
    let listed = fs::read_to_string(root().join(LIST)).unwrap();
    assert!(listed == list, "{LIST} is out of date; tests/originals.rs says how to write it again");
}

/// A line for each file of the lessons, with git's id of its content.
fn list() -> String {
    let listed = git(&["ls-files", "--cached", "--others", "--exclude-standard", "lessons"], "");
    let mut paths: Vec<_> = listed.lines().filter(|path| root().join(path).is_file()).collect();
    paths.sort_unstable();
    paths.dedup();
    let ids = git(&["hash-object", "--stdin-paths"], &paths.join("\n"));
    ids.lines().zip(paths).map(|(id, path)| format!("{id}  {path}\n")).collect()
}

fn git(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(root()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut git = command.spawn().unwrap();
    git.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = git.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?} failed");
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
