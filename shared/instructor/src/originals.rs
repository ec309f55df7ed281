//! `cargo lab` knows each file of the lessons as it was before a student has edited it: by git's id of its content.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use lab::course::originals::LIST;
use similar::TextDiff;

/// The list as it should be: a line for each file of the lessons that git has or would take.
///
/// # Errors
///
/// When git does not say.
pub fn list(root: &Path) -> Result<String> {
    let listed = git(root, &["ls-files", "--cached", "--others", "--exclude-standard", "lessons"], "")?;
    let mut paths: Vec<_> = listed.lines().filter(|path| root.join(path).is_file()).collect();
    paths.sort_unstable();
    paths.dedup();
    // Git and not this program, since git may keep other line ends than the file has.
    let ids = git(root, &["hash-object", "--stdin-paths"], &paths.join("\n"))?;
    Ok(ids.lines().zip(paths).map(|(id, path)| format!("{id}  {path}\n")).collect())
}

/// Writes the list again, after a change of a lesson.
///
/// # Errors
///
/// When the files cannot be listed, or the list cannot be written.
pub fn write(root: &Path) -> Result<()> {
    fs::write(root.join(LIST), list(root)?).with_context(|| format!("{LIST} cannot be written"))
}

/// How the list differs from what it should be. Nothing if it is up to date.
///
/// # Errors
///
/// When the files cannot be listed, or the list cannot be read.
pub fn fault(root: &Path) -> Result<Option<String>> {
    let expected = list(root)?;
    let written = fs::read_to_string(root.join(LIST)).with_context(|| format!("{LIST} cannot be read"))?;
    let diff = TextDiff::from_lines(&written, &expected);
    Ok((written != expected).then(|| diff.unified_diff().context_radius(0).header(LIST, "lessons").to_string()))
}

fn git(root: &Path, arguments: &[&str], input: &str) -> Result<String> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut git = command.spawn().context("git does not run")?;
    if let Some(mut stdin) = git.stdin.take() {
        stdin.write_all(input.as_bytes()).context("git does not read")?;
    }
    let output = git.wait_with_output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {} fails. It says:\n{words}", arguments.join(" "));
    String::from_utf8(output.stdout).context("git names a file whose name is no UTF-8")
}
