//! The repository of the course, and a second working tree of it, in which a change is tried out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::problem::{Problem, Result};
use lab::student::files::{self, Files};
use lab::student::progress::FOLDER;

/// Where the second working tree is, in the folder of the course. Git ignores it.
const WORKTREE: &str = ".lab/propagate-worktree";

/// What a change is carried through.
const PARTS: [&str; 5] =
    ["lessons", "solutions", "shared/course/steps", "shared/course/mistakes", "shared/course/right_ways"];

/// What is written anew from the lessons.
const ORIGINALS: [&str; 2] = ["shared/lab/originals", "shared/lab/originals.txt"];

/// What git has in its own folder until it is done.
const UNDER_WAY: [&str; 5] = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"];

/// The repository of the course.
#[derive(Debug)]
pub(super) struct Repository {
    root: PathBuf,
}

/// A working tree beside the instructor's own. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Worktree<'a> {
    repository: &'a Repository,
    /// Its folder.
    pub root: PathBuf,
}

impl Repository {
    /// The repository whose top folder this is.
    ///
    /// # Errors
    ///
    /// When it is none, has no commit, or is in the middle of a merge.
    pub(super) fn of(root: &Path) -> Result<Self> {
        let repository = Self { root: root.to_owned() };
        let prefix = repository.git(&["rev-parse", "--show-prefix"]).map_err(|problem| match problem {
            problem if problem.quoted.is_empty() => problem,
            problem => {
                problem.advice("This takes a clone of the course: a copy from an archive has no committed state.")
            }
        })?;
        if !prefix.trim().is_empty() {
            return Err(Problem::new("the course is not the top folder of its git repository")
                .advice("Go into a clone of the course itself, and try again."));
        }
        repository.commit("HEAD").map_err(|_| {
            Problem::new("nothing is committed in the repository of the course")
                .advice("A change is what differs from the last commit. Commit the course as it was before yours.")
        })?;
        let unmerged = repository.git(&["diff", "--name-only", "--diff-filter=U"])?;
        if !unmerged.is_empty() {
            return Err(Problem::new("git is in the middle of a merge, and these files have conflicts")
                .quoting(unmerged)
                .advice("Resolve them, and commit. Then try again."));
        }
        if let Some(name) = repository.under_way()? {
            return Err(Problem::new(format!("git is in the middle of something: {name}"))
                .advice("`git status` says how to end it, or how to give it up. Then try again."));
        }
        Ok(repository)
    }

    /// What git remembers of a merge, or of something like it, that is not committed yet.
    fn under_way(&self) -> Result<Option<&'static str>> {
        for name in UNDER_WAY {
            let path = self.git(&["rev-parse", "--git-path", name])?;
            if self.root.join(path.trim_end()).exists() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Whether something of these parts is not as in a commit.
    ///
    /// # Errors
    ///
    /// When git does not say.
    pub(super) fn differs(&self, commit: &str, parts: &[&str]) -> Result<bool> {
        let differing = self.git(&[&["diff", "--name-only", commit, "--"], parts].concat())?;
        Ok(!differing.is_empty())
    }

    /// The id of a commit.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub(super) fn commit(&self, revision: &str) -> Result<String> {
        let commit = format!("{revision}^{{commit}}");
        let id = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).map_err(|_| {
            Problem::usage(format!("there is no commit `{revision}` in this repository"))
                .advice("Name the last one before your change, such as HEAD~1 or main.")
        })?;
        Ok(id.trim().to_owned())
    }

    /// A working tree of a commit, without what others have left there.
    ///
    /// # Errors
    ///
    /// When git cannot make it.
    pub(super) fn worktree(&self, commit: &str) -> Result<Worktree<'_>> {
        let worktree = Worktree { repository: self, root: self.root.join(WORKTREE) };
        worktree.remove();
        // Before the folder is made, as another repository may have it from a copy.
        self.git(&["worktree", "prune"])?;
        self.git(&["worktree", "add", "--quiet", "--detach", "--force", WORKTREE, commit]).map_err(|problem| {
            problem.advice("Nothing was written. It takes room for a second copy of the course's files, in .lab.")
        })?;
        Ok(worktree)
    }

    /// The files that are not as they were committed: changed, new, or gone.
    pub(super) fn uncommitted(&self) -> Result<Vec<String>> {
        let status = self.git(&["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"])?;
        let paths = status.split('\0').filter_map(|entry| entry.get(3..));
        // Where the folder is not ignored.
        let paths = paths.filter(|path| !path.starts_with(FOLDER));
        Ok(paths.filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    fn git(&self, arguments: &[&str]) -> Result<String> {
        git(&self.root, arguments)
    }
}

impl Worktree<'_> {
    /// What a change is carried through, as it is there.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub(super) fn parts(&self) -> Result<Files> {
        read(&self.root, &PARTS)
    }

    /// The same, and what is written anew from the lessons.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub(super) fn all(&self) -> Result<Files> {
        let mut files = self.parts()?;
        files.extend(read(&self.root, &ORIGINALS)?);
        Ok(files)
    }

    /// Goes to another commit.
    ///
    /// # Errors
    ///
    /// When git cannot go there.
    pub(super) fn switch(&self, commit: &str) -> Result<()> {
        git(&self.root, &["checkout", "--quiet", "--detach", "--force", commit]).map(|_| ())
    }

    /// Makes files be as they are in the instructor's own working tree.
    ///
    /// # Errors
    ///
    /// When one cannot be copied.
    pub(super) fn bring(&self, paths: &[String]) -> Result<()> {
        for path in paths {
            let (from, to) = (self.repository.root.join(path), self.root.join(path));
            let content = if from.is_file() { Some(fs::read(&from)) } else { None };
            let brought = content.transpose().and_then(|content| put(&to, content.as_deref()));
            brought.map_err(|error| Problem::new(format!("{path} cannot be copied: {error}")))?;
        }
        Ok(())
    }

    /// Makes its files be these, of which `before` are there.
    ///
    /// # Errors
    ///
    /// When one cannot be written.
    pub(super) fn write(&self, before: &Files, after: &Files) -> Result<()> {
        for (path, _, content) in differences(before, after) {
            put(&self.root.join(path), content)
                .map_err(|error| Problem::new(format!("{path} cannot be written: {error}")))?;
        }
        Ok(())
    }

    fn remove(&self) {
        // What is not there cannot be removed, and what git does not know of goes below.
        let _ = self.repository.git(&["worktree", "remove", "--force", "--force", WORKTREE]);
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What is there in a working tree: what a change is carried through, and what is written anew from the lessons.
///
/// # Errors
///
/// When a file cannot be read.
pub(super) fn present(root: &Path, paths: impl Iterator<Item = String>) -> Result<Files> {
    let mut files = Files::new();
    for path in paths {
        files.extend(files::read(root, &root.join(path))?);
    }
    Ok(files)
}

fn read(root: &Path, parts: &[&str]) -> Result<Files> {
    present(root, parts.iter().map(|part| (*part).to_owned()))
}

/// The paths at which two sets of files differ, with what each has there.
pub(super) fn differences<'a>(
    before: &'a Files,
    after: &'a Files,
) -> impl Iterator<Item = (&'a str, Option<&'a [u8]>, Option<&'a [u8]>)> {
    let new = after.keys().filter(|path| !before.contains_key(*path));
    let pairs = before
        .keys()
        .chain(new)
        .map(|path| (path.as_str(), before.get(path).map(Vec::as_slice), after.get(path).map(Vec::as_slice)));
    pairs.filter(|(_, before, after)| before != after)
}

fn put(path: &Path, content: Option<&[u8]>) -> io::Result<()> {
    match content {
        Some(content) => files::write(path, content),
        None if path.exists() => files::remove(path),
        None => Ok(()),
    }
}

/// The most lines of git's words that are shown: on a full disk, it has one for each file.
const MOST_LINES: usize = 10;

/// Hooks are not for what happens in here.
fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command.args(["-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"]).args(arguments).current_dir(folder);
    let output = command.output().map_err(|error| {
        Problem::new(format!("git does not run: {error}"))
            .advice("Install git (https://git-scm.com/downloads), and type the command again.")
    })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let words: Vec<_> = words.lines().take(MOST_LINES).collect();
        return Err(Problem::new(format!("`git {}` fails. It says:", arguments.join(" "))).quoting(words.join("\n")));
    }
    String::from_utf8(output.stdout).map_err(|_| Problem::new("git names a file whose name is no UTF-8"))
}
