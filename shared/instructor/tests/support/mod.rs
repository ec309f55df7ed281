//! What tests on a copy of the course share.

use std::path::Path;
use std::process::{Command, Output};

/// What git has of the course, but for the explanations of the catalogue, which no rule reads.
pub(crate) fn tracked(root: &Path) -> Vec<String> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output().unwrap();
    let paths = stdout(&output);
    let is_explanation = |path: &str| path.starts_with("shared/course/mistakes/") && path.ends_with(".snap");
    let paths = paths.split('\0').filter(|path| !path.is_empty() && !is_explanation(path));
    paths.map(str::to_owned).collect()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
