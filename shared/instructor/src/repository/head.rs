//! What is committed.

use std::path::Path;

use lab::problem::{Problem, Result};
use lab::screen::visible::visible;

use super::git::{answer, contents, git, text};
use super::tree::{File, Files};

/// The most files that are named.
const MOST_NAMED: usize = 12;

/// The files of the current commit below a folder of a repository, by their path in that folder, if some parts of it are
/// committed as they are.
///
/// # Errors
///
/// When there is no repository, nothing is committed, or something of these parts is not.
pub fn committed(folder: &Path, parts: &[&str]) -> Result<Files> {
    answer(git(folder, &["rev-parse", "--git-dir"]), b"", "find a repository").map_err(|problem| match problem {
        problem if problem.quoted.is_empty() => problem,
        problem => Problem::new(format!("{} is in no git repository", folder.display())).quoting(problem.quoted).advice(
            "The branches are made of what is committed, so this takes a clone of the course. A copy from an archive has \
             none.",
        ),
    })?;
    let head = ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"];
    answer(git(folder, &head), b"", "find the current commit").map_err(|problem| {
        Problem::new("nothing is committed in the repository of the course").quoting(problem.quoted).advice(
            "The branches are made of what is committed. Commit the course first. If you have: `git fsck` says whether the \
             repository is damaged.",
        )
    })?;
    refuse_uncommitted(folder, parts)?;
    let listed = text(git(folder, &["ls-tree", "-r", "-z", "HEAD"]), b"", "list what is committed")?;
    let entries: Vec<_> = listed.split_terminator('\0').filter_map(entry).collect();
    if entries.is_empty() {
        return Err(Problem::new("nothing of the course is committed in the repository around it").advice(
            "Perhaps this is a copy from an archive, inside of another repository. The branches are made of what is \
             committed: take a clone of the course.",
        ));
    }
    let ids: Vec<_> = entries.iter().map(|(_, id, _)| *id).collect();
    let contents = contents(folder, &ids)?;
    let files = entries.iter().zip(contents);
    Ok(files
        .map(|((mode, _, path), content)| ((*path).to_owned(), File { mode: (*mode).to_owned(), content }))
        .collect())
}

/// Mode, id and path of a file. What is no file is a repository in the repository, and left out.
fn entry(line: &str) -> Option<(&str, &str, &str)> {
    let (about, path) = line.split_once('\t')?;
    let mut words = about.split(' ');
    let (mode, kind, id) = (words.next()?, words.next()?, words.next()?);
    (kind == "blob").then_some((mode, id, path))
}

/// An instructor who has just edited something would take the branches for that.
fn refuse_uncommitted(folder: &Path, parts: &[&str]) -> Result<()> {
    let status = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--"];
    let status = text(git(folder, &[&status, parts].concat()), b"", "compare the files with what is committed")?;
    let mut paths: Vec<_> = status.split_terminator('\0').filter_map(|line| line.get(3..)).collect();
    if paths.is_empty() {
        return Ok(());
    }
    paths.sort_unstable();
    let more = paths.len().saturating_sub(MOST_NAMED);
    let mut named: Vec<_> = paths.iter().take(MOST_NAMED).map(|path| visible(path).replace('\n', "\u{240a}")).collect();
    named.extend((more > 0).then(|| format!("and {more} more")));
    Err(Problem::new("nothing was done: the branches are made of what is committed, and this is not:")
        .quoting(named.join("\n"))
        .advice("Commit it, or put it aside with `git stash --include-untracked`, and try again."))
}
