//! The repository that has the branches, or gets them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lab::problem::{Problem, Result};
use lab::screen::visible::visible;

use super::branch::full_name;
use super::commit::{Made, of_somebody};
use super::git::{answer, as_text, contents, git, text};
use super::scratch::Scratch;

/// What the log of a branch says about it.
const REASON: &str = "cargo lab branches";

/// The repository that has the branches, or gets them.
#[derive(Debug)]
pub struct Target {
    folder: PathBuf,
    format: String,
    is_bare: bool,
    references: Vec<Reference>,
    checked_out: Vec<CheckedOut>,
}

/// A name that points to something.
#[derive(Debug)]
struct Reference {
    /// Such as `refs/heads/main`.
    name: String,
    id: String,
    /// Whether it points to another name.
    is_symbolic: bool,
}

/// A branch, and the folder that shows it.
#[derive(Debug)]
struct CheckedOut {
    name: String,
    folder: String,
}

/// Another repository, as this one calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote(pub String);

impl Target {
    /// The repository that a folder belongs to.
    ///
    /// # Errors
    ///
    /// When git cannot read it.
    pub fn around(folder: &Path) -> Result<Self> {
        let format = text(git(folder, &["rev-parse", "--show-object-format"]), b"", "read the repository")?;
        let bare = text(git(folder, &["rev-parse", "--is-bare-repository"]), b"", "read the repository")?;
        let references = references(folder)?;
        let checked_out = checked_out(folder)?;
        let (format, is_bare) = (format.trim().to_owned(), bare.trim() == "true");
        Ok(Self { folder: folder.to_owned(), format, is_bare, references, checked_out })
    }

    /// The repository in this very folder.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn at(folder: &Path) -> Result<Self> {
        let shown = visible(&folder.display().to_string());
        let advice = format!("Make one, which may be empty: git init {shown}");
        if folder.exists() && !folder.is_dir() {
            return Err(Problem::usage(format!("{shown} is no folder")).advice("Name the folder of a repository."));
        }
        if !folder.is_dir() {
            return Err(Problem::usage(format!("there is no folder {shown}")).advice(advice));
        }
        let place = ["rev-parse", "--absolute-git-dir", "--is-inside-work-tree", "--show-prefix"];
        let place = answer(git(folder, &place), b"", "find a repository").map_err(|problem| {
            if problem.quoted.is_empty() {
                return problem;
            }
            let quoted = problem.quoted;
            Problem::usage(format!("{shown} is no git repository")).quoting(quoted).advice(advice.clone())
        })?;
        let place = as_text(place)?;
        let mut lines = place.lines();
        let (own, has_files) = (lines.next().unwrap_or_default(), lines.next() == Some("true"));
        let is_inside = match has_files {
            true => lines.next().is_some_and(|prefix| !prefix.is_empty()),
            false => Path::new(own).canonicalize().ok() != folder.canonicalize().ok(),
        };
        if is_inside {
            return Err(Problem::usage(format!("{shown} is a folder inside of a git repository, and none itself"))
                .advice(format!("Name the folder of the repository. Or make one here: git init {shown}")));
        }
        Self::around(folder)
    }

    /// By which hashes its objects are named.
    pub fn format(&self) -> &str {
        &self.format
    }

    /// Whether it has no files that one could edit.
    pub fn is_bare(&self) -> bool {
        self.is_bare
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The id of a branch, if it is there.
    pub fn id_of(&self, branch: &str) -> Option<&str> {
        self.id(&full_name(branch))
    }

    /// The id of a branch of another repository, as it was when that was asked last, and whose it is. `origin` comes first.
    pub fn remote_id_of(&self, branch: &str) -> Option<(Remote, &str)> {
        let remotes = self.references.iter().filter_map(|reference| {
            let remote = reference.name.strip_prefix("refs/remotes/")?.strip_suffix(branch)?.strip_suffix('/')?;
            Some((Remote(remote.to_owned()), reference.id.as_str()))
        });
        remotes.min_by_key(|(Remote(name), _)| (name != "origin", name.clone()))
    }

    /// The names of the branches below a name, such as `lesson`.
    pub fn branches_below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let start = full_name(folder) + "/";
        let names = self.references.iter().map(|reference| reference.name.as_str());
        names.filter(move |name| name.starts_with(&start)).filter_map(|name| name.strip_prefix("refs/heads/"))
    }

    /// What stands in the way of a branch that shall have a name, in words.
    pub fn is_in_the_way(&self, branch: &str) -> Option<String> {
        let name = full_name(branch);
        let names = || self.references.iter().map(|reference| reference.name.as_str());
        let is_above = |other: &&str| name.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
        let is_below = |other: &&str| other.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if let Some(other) = names().find(is_above).or_else(|| names().find(is_below)) {
            let other = other.trim_start_matches("refs/heads/");
            return Some(format!("there is a branch {other}, and git cannot have {branch} beside it"));
        }
        if names().any(|other| other.strip_prefix("refs/tags/") == Some(branch)) {
            return Some(format!("there is a tag {branch}, so that the name would have two meanings"));
        }
        let reference = self.references.iter().find(|reference| reference.name == name);
        reference
            .is_some_and(|reference| reference.is_symbolic)
            .then(|| format!("{branch} is another name of a branch"))
    }

    /// The folder that shows a branch, whose files would stay behind if the branch moved.
    pub fn shown_in(&self, branch: &str) -> Option<&str> {
        let name = full_name(branch);
        self.checked_out.iter().find(|shown| shown.name == name).map(|shown| shown.folder.as_str())
    }

    /// The commits up to this one that were not made here, newest first.
    ///
    /// # Errors
    ///
    /// When git cannot read them.
    pub fn of_somebody(&self, id: &str) -> Result<Vec<Made>> {
        let listed = text(git(&self.folder, &["rev-list", id, "--"]), b"", "list the commits of a branch")?;
        let ids: Vec<_> = listed.lines().collect();
        let contents = contents(&self.folder, &ids)?;
        Ok(ids.iter().zip(contents).filter_map(|(id, content)| of_somebody(id, &content)).collect())
    }

    /// Which files of a commit are not as the branch of the scratch repository has them.
    ///
    /// # Errors
    ///
    /// When git cannot compare them.
    pub fn differences(&self, scratch: &Scratch, before: &str, after: &str) -> Result<Vec<String>> {
        let objects = ["rev-parse", "--path-format=absolute", "--git-path", "objects"];
        let objects = text(git(&self.folder, &objects), b"", "say where its objects are")?;
        scratch.differences(&OsString::from(objects.trim_end_matches('\n')), before, after)
    }

    /// Lets these branches be as in the scratch repository: all of them, or none if one was moved meanwhile.
    ///
    /// # Errors
    ///
    /// When the disk is full, or git fails for another reason.
    pub fn publish(&self, scratch: &Scratch, branches: &[&str]) -> Result<()> {
        let ids: Vec<_> = branches.iter().filter_map(|name| Some((*name, scratch.ids().get(*name)?))).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let pack = scratch.packed(ids.iter().map(|(_, id)| id.as_str()))?;
        let nothing_moved = |problem: Problem| problem.advice("Nothing was changed: each branch is as it was.");
        let index = git(&self.folder, &["index-pack", "--stdin"]);
        answer(index, &pack, "write the commits").map_err(nothing_moved)?;
        let mut input = String::new();
        for (name, id) in ids {
            let full = full_name(name);
            let line = match self.id(&full) {
                Some(old) => format!("update {full} {id} {old}\n"),
                None => format!("create {full} {id}\n"),
            };
            input += &format!("option no-deref\n{line}");
        }
        let mut update = git(&self.folder, &["update-ref", "-m", REASON, "--stdin"]);
        // For the log of the branches, where there is one: git refuses to write it in nobody's name.
        update.env("GIT_COMMITTER_NAME", REASON).env("GIT_COMMITTER_EMAIL", "branches@lab.invalid");
        answer(update, input.as_bytes(), "move the branches").map_err(nothing_moved)?;
        Ok(())
    }

    fn id(&self, name: &str) -> Option<&str> {
        let reference = self.references.iter().find(|reference| reference.name == name);
        reference.map(|reference| reference.id.as_str())
    }
}

fn references(folder: &Path) -> Result<Vec<Reference>> {
    let list = ["for-each-ref", "--format=%(objectname) %(refname) %(symref)"];
    let listed = text(git(folder, &list), b"", "list the branches")?;
    let references = listed.lines().filter_map(|line| {
        let mut words = line.splitn(3, ' ');
        let (id, name, symbolic) = (words.next()?, words.next()?, words.next()?);
        Some(Reference { name: name.to_owned(), id: id.to_owned(), is_symbolic: !symbolic.is_empty() })
    });
    Ok(references.collect())
}

fn checked_out(folder: &Path) -> Result<Vec<CheckedOut>> {
    let listed = text(git(folder, &["worktree", "list", "--porcelain"]), b"", "list the folders of the repository")?;
    // The folder of one that can be pruned is gone.
    let blocks = listed.split("\n\n").filter(|block| !block.lines().any(|line| line.starts_with("prunable")));
    let shown = blocks.filter_map(|block| {
        let value = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        Some(CheckedOut { name: value("branch ")?.to_owned(), folder: value("worktree ")?.to_owned() })
    });
    Ok(shown.collect())
}
