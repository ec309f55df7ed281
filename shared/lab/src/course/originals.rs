//! The files of the lessons as the course hands them out, whatever a student has made of them since.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use sha1::{Digest, Sha1};

use super::lesson::Lesson;
use crate::problem::{Problem, Result};

/// Where they are listed, in the folder of the course.
pub const LIST: &str = "shared/lab/originals.txt";

/// The list of all files of the lessons: a line for each, with git's id of its content, two spaces and its path in
/// the course. The contents themselves are in git.
#[derive(Debug, Clone, Default)]
pub struct Originals {
    ids: BTreeMap<String, String>,
}

impl Originals {
    /// Reads the list of a copy of the course.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(LIST)).map_err(|error| {
            Problem::new(format!("{LIST} cannot be read: {error}"))
                .advice(format!("It belongs to the course. Get it back:\n  git restore {LIST}"))
        })?;
        let lines = text.lines().filter_map(|line| line.split_once("  "));
        Ok(Self { ids: lines.map(|(id, path)| (path.to_owned(), id.to_owned())).collect() })
    }

    /// The names of the lessons' folders.
    pub fn lessons(&self) -> impl Iterator<Item = &str> {
        let folders = self.ids.keys().filter_map(|path| path.strip_prefix("lessons/"));
        folders.filter_map(|path| path.split_once('/')).map(|(name, _)| name)
    }

    /// The paths of a lesson's files, in the folder of the course.
    pub fn files(&self, lesson: &Lesson) -> impl Iterator<Item = &str> {
        let folder = format!("lessons/{}/", lesson.name());
        self.ids.keys().map(String::as_str).filter(move |path| path.starts_with(&folder))
    }

    /// Which of the files by which a lesson is judged are not the original ones: its tests, their snapshots, and
    /// `lesson.toml`.
    pub fn changed(&self, root: &Path, lesson: &Lesson) -> Vec<&str> {
        let tests = format!("lessons/{}/tests/", lesson.name());
        let judging = self.files(lesson).filter(|path| path.starts_with(&tests) || path.ends_with("/lesson.toml"));
        judging
            .filter(|path| fs::read(root.join(path)).is_ok_and(|content| !self.is_original(path, &content)))
            .collect()
    }

    /// Which files of a lesson are gone.
    pub fn missing(&self, root: &Path, lesson: &Lesson) -> Vec<&str> {
        self.files(lesson).filter(|path| !root.join(path).exists()).collect()
    }

    /// The original content of a file: from the lesson, if that has it; from the solution, which has some of the same
    /// files; or from git. A file that is not listed is its own original.
    ///
    /// # Errors
    ///
    /// When none of them has it.
    pub fn content(&self, root: &Path, path: &str) -> Result<Vec<u8>> {
        for candidate in [path.to_owned(), path.replacen("lessons/", "solutions/", 1)] {
            match fs::read(root.join(&candidate)) {
                Ok(content) if self.is_original(path, &content) => return Ok(content),
                _ => {}
            }
        }
        match self.ids.get(path) {
            Some(id) => blob(root, path, id),
            None => Err(Problem::new(format!("{path} is missing, and {LIST} does not name it"))),
        }
    }

    fn is_original(&self, path: &str, content: &[u8]) -> bool {
        self.ids
            .get(path)
            .is_none_or(|id| *id == blob_id(content) || *id == blob_id(&without_carriage_returns(content)))
    }
}

/// Git's id of a file's content.
pub fn blob_id(content: &[u8]) -> String {
    let digest = Sha1::new().chain_update(format!("blob {}\0", content.len())).chain_update(content).finalize();
    digest.iter().fold(String::new(), |mut id, byte| {
        // Writing to a string does not fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

/// On Windows, git may write a file with other line ends than it keeps.
fn without_carriage_returns(content: &[u8]) -> Vec<u8> {
    let ends_line = |index: usize| content.get(index + 1) == Some(&b'\n');
    let kept = content.iter().enumerate().filter(|(index, byte)| **byte != b'\r' || !ends_line(*index));
    kept.map(|(_, byte)| *byte).collect()
}

fn blob(root: &Path, path: &str, id: &str) -> Result<Vec<u8>> {
    let output = Command::new("git").arg("-C").arg(root).args(["cat-file", "blob", id]).output();
    let output = output.map_err(|error| {
        Problem::new(format!("the original of {path} is in git, but git does not run: {error}"))
            .advice("Install git, and try again.")
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Problem::new(format!("git does not have the original of {path}. It says:"))
        .quoting(String::from_utf8_lossy(&output.stderr))
        .advice(
            "If this copy was cloned without its history, `git fetch --unshallow` gets the rest of it. One that was \
             downloaded as an archive has none: clone the course instead.",
        ))
}
