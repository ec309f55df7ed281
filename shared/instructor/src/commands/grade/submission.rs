//! What was handed in: where it is, what kind of thing it is, and the files in it.

mod archive;
mod folder;
mod git;
mod taken;

use std::fs;
use std::path::{Path, PathBuf};

use lab::problem::{Problem, Result};

use super::text;
use taken::Taken;

/// What a student has handed in.
#[derive(Debug, Clone)]
pub(super) struct Submission {
    /// How it is called in reports: the name of its file or folder, with nothing in it that a terminal obeys.
    pub(super) name: String,
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    /// A repository with a working tree.
    Repository,
    /// A repository without one.
    Bare,
    Bundle,
    Zip,
}

impl Submission {
    /// Takes the exact files that were handed in. Nothing of them is run, and no link is followed.
    ///
    /// The error says why it is of no use.
    pub(super) fn take(&self) -> Result<Taken, String> {
        match self.kind {
            Kind::Folder => folder::take(&self.path),
            Kind::Repository => git::take_with_working_tree(&self.path),
            Kind::Bare => git::take(&self.path),
            Kind::Bundle => git::take_bundle(&self.path),
            Kind::Zip => archive::take(&self.path),
        }
    }

    /// What kind of thing it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Folder => "folder",
            Kind::Repository | Kind::Bare => "git repository",
            Kind::Bundle => "git bundle",
            Kind::Zip => "ZIP",
        }
    }

    fn new(path: &Path, kind: Kind) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self { name: text::name(name.as_encoded_bytes()), path: path.to_owned(), kind }
    }

    /// One that was typed by itself: the folder of a lesson has the name of the lesson, so whose it is says the folder above.
    fn alone(path: &Path, kind: Kind) -> Self {
        let of_student = path.parent().filter(|_| path.join("lesson.toml").is_file() || path.join("src").is_dir());
        let of_student = of_student.and_then(Path::file_name);
        let mut submission = Self::new(path, kind);
        if let Some(folder) = of_student {
            submission.name = format!("{}/{}", text::name(folder.as_encoded_bytes()), submission.name);
        }
        submission
    }
}

/// The submissions that were typed: each is one, or a folder of some.
///
/// # Errors
///
/// When one is not there, or there is nothing in it.
pub(super) fn find(typed: &[PathBuf]) -> Result<Vec<Submission>> {
    let mut found = Vec::new();
    for path in typed {
        let shown = text::name(path.as_os_str().as_encoded_bytes());
        let path = path.canonicalize().map_err(|error| {
            Problem::usage(format!("{shown} cannot be read: {error}")).advice("Name a submission, or a folder of some.")
        })?;
        match kind(&path) {
            Some(Kind::Folder) if !looks_like_a_submission(&path) => found.extend(in_folder(&path, &shown)?),
            Some(kind) => found.push(Submission::alone(&path, kind)),
            None => return Err(no_submission(&shown)),
        }
    }
    name_apart(&mut found);
    Ok(found)
}

/// What is in a folder of submissions, in the order of its names.
fn in_folder(folder: &Path, shown: &str) -> Result<Vec<Submission>> {
    let entries = fs::read_dir(folder).map_err(|error| Problem::new(format!("{shown} cannot be read: {error}")))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
    // A link may lead to another student's.
    paths.retain(|path| !path.is_symlink());
    paths.sort();
    let found: Vec<_> = paths.iter().filter_map(|path| Some(Submission::new(path, kind(path)?))).collect();
    if found.is_empty() { Err(no_submission(shown)) } else { Ok(found) }
}

fn no_submission(shown: &str) -> Problem {
    Problem::usage(format!("{shown} is no submission, and holds none")).advice(
        "A submission is a copy of the course or the folder of a lesson, as a folder, a git repository, a git bundle or a \
         ZIP. Or name a folder that holds some of them.",
    )
}

fn kind(path: &Path) -> Option<Kind> {
    if path.is_dir() {
        let is_bare = path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir();
        return Some(match path.join(".git").symlink_metadata() {
            Ok(git) if git.is_dir() => Kind::Repository,
            _ if is_bare => Kind::Bare,
            _ => Kind::Folder,
        });
    }
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    match extension.as_str() {
        "zip" => Some(Kind::Zip),
        "bundle" => Some(Kind::Bundle),
        _ => None,
    }
}

/// Whether a folder is one submission, and not a folder of some.
fn looks_like_a_submission(path: &Path) -> bool {
    path.join("lessons").is_dir() || path.join("lesson.toml").is_file() || path.join("Cargo.toml").is_file()
}

/// Two folders may hold submissions of the same name.
fn name_apart(found: &mut [Submission]) {
    for index in 1..found.len() {
        let (before, rest) = found.split_at_mut(index);
        let Some(this) = rest.first_mut() else { return };
        let is_taken = |name: &str| before.iter().any(|other| other.name == name);
        let name = this.name.clone();
        let mut number = 2;
        while is_taken(&this.name) {
            this.name = format!("{name} ({number})");
            number += 1;
        }
    }
}
