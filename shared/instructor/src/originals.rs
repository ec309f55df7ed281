//! `cargo lab` knows each file of the lessons as it was before a student has edited it: by git's id of its content, and
//! with the content set aside, where the solution does not have the same.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};
use lab::course::Course;
use lab::course::originals::{FOLDER, LIST, Originals, set_aside};
use similar::TextDiff;
use walkdir::WalkDir;

use crate::starters::Files;

/// The list as it should be: a line for each file of the lessons that git has or would take.
///
/// # Errors
///
/// When git does not say.
pub fn list(root: &Path) -> Result<String> {
    let listed = git(
        root,
        &["-c", "core.quotePath=false", "ls-files", "--cached", "--others", "--exclude-standard", "lessons"],
        "",
    )?;
    let mut paths: Vec<_> = listed.lines().filter(|path| root.join(path).is_file()).collect();
    // As in a copy from an archive, inside of a repository that ignores it.
    ensure!(!paths.is_empty(), "git lists no file of the lessons");
    paths.sort_unstable();
    paths.dedup();
    // Git and not this program, since git may keep other line ends than the file has.
    let ids = git(root, &["hash-object", "--stdin-paths"], &paths.join("\n"))?;
    Ok(ids.lines().zip(paths).map(|(id, path)| format!("{id}  {path}\n")).collect())
}

/// Writes the list and the contents again, after a change of a lesson or of a solution.
///
/// # Errors
///
/// When the files cannot be listed, or the list or a content cannot be written.
pub fn write(root: &Path) -> Result<()> {
    let list = list(root)?;
    let originals = Originals::parse(&list);
    let course = Course::of(root).map_err(|problem| anyhow!(problem.message))?;
    for lesson in course.lessons() {
        ensure!(originals.files(lesson).next().is_some(), "lessons/{} is missing", lesson.name());
    }
    let contents = contents(root, &originals)?;
    // From here on, nothing but the disk can be in the way.
    fs::write(root.join(LIST), list).with_context(|| format!("{LIST} cannot be written"))?;
    let folder = root.join(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{FOLDER} cannot be emptied"))?;
    }
    for (path, content) in contents {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// How the list, or else the contents, differ from what they should be. Nothing if they are up to date.
///
/// # Errors
///
/// When the files cannot be listed, or what is written cannot be read.
pub fn fault(root: &Path) -> Result<Option<String>> {
    let expected = list(root)?;
    let written = fs::read_to_string(root.join(LIST)).with_context(|| format!("{LIST} cannot be read"))?;
    if written != expected {
        let diff = TextDiff::from_lines(&written, &expected);
        return Ok(Some(diff.unified_diff().context_radius(0).header(LIST, "lessons").to_string()));
    }
    let (expected, written) = (contents(root, &Originals::parse(&written))?, written_contents(root)?);
    let paths: BTreeSet<_> = expected.keys().chain(written.keys()).collect();
    let outdated = paths.into_iter().filter(|path| expected.get(*path) != written.get(*path));
    let lines: Vec<_> = outdated.map(|path| format!("{} is not what the lesson has", path.display())).collect();
    Ok((!lines.is_empty()).then(|| lines.join("\n")))
}

/// What has to be set aside: of the files that are listed, those that the solution does not have.
fn contents(root: &Path, originals: &Originals) -> Result<Files> {
    let paths = originals.paths().filter(|path| originals.of_solution(root, path).is_none());
    paths.map(|path| Ok((set_aside(path).into(), text(root, Path::new(path))?))).collect()
}

/// What is set aside.
fn written_contents(root: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in WalkDir::new(root.join(FOLDER)).into_iter().flatten() {
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(root)?;
            files.insert(path.to_owned(), text(root, path)?);
        }
    }
    Ok(files)
}

fn text(root: &Path, path: &Path) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("{} cannot be read", path.display()))
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
