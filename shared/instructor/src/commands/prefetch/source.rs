//! The course as it is committed.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use lab::problem::{Problem, Result};
use url::Url;

/// The branch of a student's copy, where the instructor's clone is on none.
const BRANCH: &str = "main";
/// How many changed files are named.
const MOST_FILES: usize = 5;

/// The course as it is committed.
#[derive(Debug)]
pub(super) struct Source {
    /// Git's id of the commit.
    pub(super) commit: String,
    /// The branch that a student's copy is on.
    pub(super) branch: String,
    /// Where later versions come from, if that is for everybody: a URL with a user or a password is not.
    pub(super) origin: Option<String>,
    /// `Cargo.lock`.
    pub(super) lock: String,
    /// A bundle of git, with all of the commit's history.
    pub(super) bundle: Vec<u8>,
    /// The files alone in a `.tar.gz`, for a machine without git.
    pub(super) files: Vec<u8>,
    /// What is not committed, a line for each file, as `git status --short` shows it.
    pub(super) uncommitted: Vec<String>,
}

impl Source {
    /// Reads it from the clone that the course is in.
    ///
    /// # Errors
    ///
    /// When it is in none, or in one that has not all of it.
    pub(super) fn read(root: &Path) -> Result<Self> {
        require_clone(root)?;
        let commit = text(root, &["rev-parse", "--verify", "HEAD"])
            .map_err(|words| Problem::new("nothing is committed in this clone of the course").quoting(words))?;
        if text(root, &["rev-parse", "--is-shallow-repository"]).map_err(fails)? == "true" {
            return Err(Problem::new("this clone of the course has not all of its history")
                .advice("The archive holds a real clone. Get the rest first: git fetch --unshallow"));
        }
        let status = text(root, &["status", "--short"]).map_err(fails)?;
        let uncommitted: Vec<_> = status.lines().map(str::to_owned).collect();
        require_committed_lock(&uncommitted)?;
        let branch = text(root, &["symbolic-ref", "--quiet", "--short", "HEAD"]).unwrap_or_else(|_| BRANCH.to_owned());
        let origin = text(root, &["config", "--get", "remote.origin.url"]).ok().filter(|url| is_for_everybody(url));
        Ok(Self {
            lock: text(root, &["show", "HEAD:Cargo.lock"]).map_err(fails)?,
            // With one thread, the same history always gives the same bytes.
            bundle: bytes(root, &["-c", "pack.threads=1", "bundle", "create", "--quiet", "-", "HEAD"])
                .map_err(fails)?,
            files: bytes(root, &["-c", "tar.umask=0022", "archive", "--format=tar.gz", "--prefix=course/", "HEAD"])
                .map_err(fails)?,
            commit,
            branch,
            origin,
            uncommitted,
        })
    }

    /// The first of the files that are not committed.
    pub(super) fn some_uncommitted(&self) -> String {
        let more = self.uncommitted.len().saturating_sub(MOST_FILES);
        let mut lines: Vec<_> = self.uncommitted.iter().take(MOST_FILES).cloned().collect();
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        lines.join("\n")
    }
}

fn require_clone(root: &Path) -> Result<()> {
    let advice = "The archive holds the course as it is committed, with its history: make it in a clone, which \
                  `git clone` makes.";
    let no_clone = || Problem::new("this copy of the course is no clone").advice(advice);
    match git(root, &["rev-parse", "--show-toplevel"]).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Problem::new("git is not installed").advice("Get it: `cargo lab doctor` says how on this system."))
        }
        Err(error) => Err(Problem::new(format!("git does not run: {error}"))),
        Ok(output) if !output.status.success() => {
            Err(no_clone().quoting(String::from_utf8_lossy(&output.stderr).into_owned()))
        }
        Ok(output) => {
            let top = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            let is_root = [Path::new(&top), root].map(fs::canonicalize);
            let [Ok(top), Ok(root)] = is_root else { return Err(no_clone()) };
            if top == root { Ok(()) } else { Err(no_clone().quoting(format!("It is a part of {}.", top.display()))) }
        }
    }
}

/// The crates are those of the committed `Cargo.lock`, so it has to be the one that cargo went by.
fn require_committed_lock(uncommitted: &[String]) -> Result<()> {
    let is_manifest =
        |line: &&String| !line.starts_with("??") && (line.ends_with("Cargo.lock") || line.ends_with("Cargo.toml"));
    let changed: Vec<_> = uncommitted.iter().filter(is_manifest).cloned().collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(Problem::new("which crates the course needs is not committed").quoting(changed.join("\n")).advice(
        "The archive holds what is committed, and its crates have to fit to that. Commit these files, or put them back \
         with `git restore`.",
    ))
}

/// Whether everybody may know a URL, and has a use for it.
fn is_for_everybody(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let is_public =
            matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        is_public && url.query().is_none()
    })
}

fn git(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments).stdin(Stdio::null());
    command
}

/// What git writes, or why it fails.
fn bytes(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = git(root, arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn text(root: &Path, arguments: &[&str]) -> Result<String, String> {
    Ok(String::from_utf8_lossy(&bytes(root, arguments)?).trim_end().to_owned())
}

fn fails(words: String) -> Problem {
    Problem::new("git does not do what it is asked to. It says:").quoting(words)
}
