//! Git itself, independent of what a user has in the environment.

use std::env;
use std::ffi::OsStr;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use lab::problem::{Problem, Result};
use lab::screen::visible::visible;

/// What stays of the variables that git reads: where its configuration is, since that says whose repositories may be read.
const KEPT: [&str; 3] = ["GIT_CONFIG", "GIT_CEILING_DIRECTORIES", "GIT_EXEC_PATH"];

/// A command in a folder. No hook runs, no lock is taken to make git faster, and no object stands for another one.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    let is_read = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.starts_with("GIT_") && !KEPT.iter().any(|kept| name.starts_with(kept))
    };
    for (name, _) in env::vars_os().filter(|(name, _)| is_read(name)) {
        command.env_remove(name);
    }
    command.env("GIT_NO_REPLACE_OBJECTS", "1").arg("-C").arg(folder);
    command.args(["--no-optional-locks", "--literal-pathspecs", "-c", "core.hooksPath=/dev/null"]).args(arguments);
    command
}

/// A command in a repository that only this program has. It reads no configuration either.
pub(super) fn isolated(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = git(folder, &[&["-c", "core.ignoreCase=false"], arguments].concat());
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_CONFIG")) {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// What a command of git answers to an input.
///
/// # Errors
///
/// When it does not run, or fails. Its words are in the problem.
pub(super) fn answer(mut command: Command, input: &[u8], what: &str) -> Result<Vec<u8>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut git = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Problem::new("git is not installed").advice(
            "Branches are made by git. Get it from https://git-scm.com/downloads, or with your system's packages.",
        ),
        _ => Problem::new(format!("git does not run: {error}")),
    })?;
    let stdin = git.stdin.take();
    let output = thread::scope(|scope| {
        // Git may answer before it has read everything. If it ends early, its own words say why.
        scope.spawn(|| stdin.map(|mut stdin| stdin.write_all(input)));
        git.wait_with_output()
    });
    let output = output.map_err(|error| Problem::new(format!("git does not answer: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let words = visible(&String::from_utf8_lossy(&output.stderr));
    Err(Problem::new(format!("git cannot {what}. It says:")).quoting(words))
}

/// The same as text.
///
/// # Errors
///
/// As above, and where a name is no UTF-8.
pub(super) fn text(command: Command, input: &[u8], what: &str) -> Result<String> {
    as_text(answer(command, input, what)?)
}

/// An answer as text.
///
/// # Errors
///
/// Where a name is no UTF-8. The problem has it.
pub(super) fn as_text(answer: Vec<u8>) -> Result<String> {
    String::from_utf8(answer).map_err(|error| {
        let mut names = error.as_bytes().split(|byte| [b'\n', b'\0'].contains(byte));
        let name = names.find(|name| std::str::from_utf8(name).is_err()).unwrap_or_default();
        Problem::new("git names something whose name is no UTF-8")
            .quoting(visible(&String::from_utf8_lossy(name)))
            .advice("Give it another name, and try again.")
    })
}

/// The contents of objects, in the order of their ids.
///
/// # Errors
///
/// When one of them is not there.
pub(super) fn contents(folder: &Path, ids: &[&str]) -> Result<Vec<Vec<u8>>> {
    let input = ids.iter().map(|id| format!("{id}\n")).collect::<String>();
    let answer = answer(git(folder, &["cat-file", "--batch"]), input.as_bytes(), "read what is committed")?;
    let mut rest = answer.as_slice();
    ids.iter().map(|id| next_content(&mut rest).ok_or_else(|| missing(id))).collect()
}

/// The next object of the answer: a line with id, type and size, then the content, then the end of a line.
fn next_content(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at(end);
    let size: usize = std::str::from_utf8(line).ok()?.rsplit(' ').next()?.parse().ok()?;
    let content = after.get(1..=size)?;
    *rest = after.get(size + 2..)?;
    Some(content.to_vec())
}

fn missing(id: &str) -> Problem {
    Problem::new(format!("git does not have the object {id}")).advice(
        "Is the repository damaged? `git fsck` says so. A partial clone gets its objects when they are asked for.",
    )
}
