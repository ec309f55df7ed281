//! The files of the lessons as the course hands them out, whatever a student has made of them since.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use sha1::{Digest, Sha1};

use super::lesson::Lesson;
use super::program::Program;
use crate::problem::{Problem, Result};

/// Where they are listed, in the folder of the course.
pub const LIST: &str = "shared/lab/originals.txt";

/// Where the contents are that no solution has, in the folder of the course.
pub const FOLDER: &str = "shared/lab/originals";

/// Where the files of a lesson lie that others took the place of, in the folder of the course: a folder for each time.
pub const KEPT: &str = ".lab/kept";

/// The list of all files of the lessons: a line for each, with git's id of its content, two spaces and its path in
/// the course. The contents themselves are in the solutions, which have most of the same files, and in [`FOLDER`]. So a
/// copy without git has them, too.
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
        let text = fs::read_to_string(root.join(LIST))
            .map_err(|error| Problem::new(format!("{LIST} cannot be read: {error}")).get_back(LIST))?;
        Ok(Self::parse(&text))
    }

    /// The list that is written like this.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once("  "));
        Self { ids: lines.map(|(id, path)| (path.to_owned(), id.to_owned())).collect() }
    }

    /// The paths of all files, in the folder of the course.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// The names of the lessons' folders.
    pub fn lessons(&self) -> impl Iterator<Item = &str> {
        let folders = self.paths().filter_map(|path| path.strip_prefix("lessons/"));
        folders.filter_map(|path| path.split_once('/')).map(|(name, _)| name)
    }

    /// The paths of a lesson's files, in the folder of the course.
    pub fn files(&self, lesson: &Lesson) -> impl Iterator<Item = &str> {
        let folder = format!("lessons/{}/", lesson.name());
        self.paths().filter(move |path| path.starts_with(&folder))
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

    /// The original contents of a lesson's files, by their path in the folder of the course.
    ///
    /// # Errors
    ///
    /// When some are nowhere to be had. The problem names them all.
    pub fn contents(&self, root: &Path, lesson: &Lesson) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut contents = BTreeMap::new();
        let mut missing = Vec::new();
        for path in self.files(lesson) {
            match self.look_for(root, path) {
                Ok(content) => {
                    contents.insert(path.to_owned(), content);
                }
                Err(reason) => missing.push((path, reason)),
            }
        }
        if missing.is_empty() { Ok(contents) } else { Err(nowhere(&missing)) }
    }

    /// The original content of a file. A file that is not listed is its own original.
    ///
    /// # Errors
    ///
    /// When it is nowhere to be had.
    pub fn content(&self, root: &Path, path: &str) -> Result<Vec<u8>> {
        self.look_for(root, path).map_err(|reason| nowhere(&[(path, reason)]))
    }

    /// Looks in the lesson, which may have it still, then in the solution, in [`FOLDER`] and in [`KEPT`], and then in git,
    /// since a student may have changed these, too. The error is why git does not have it.
    fn look_for(&self, root: &Path, path: &str) -> Result<Vec<u8>, String> {
        let read = |candidate: &str| {
            let content = fs::read(root.join(candidate)).ok()?;
            self.is_original(path, &content).then_some(content)
        };
        let in_course = read(path).or_else(|| self.of_solution(root, path)).or_else(|| read(&set_aside(path)));
        let in_course = in_course.or_else(|| self.of_kept(root, path));
        match (in_course, self.ids.get(path)) {
            (Some(content), _) => Ok(content),
            (None, Some(id)) => blob(root, id),
            (None, None) => Err(format!("{LIST} does not name it")),
        }
    }

    /// The original content of a file of a lesson, if the solution has the same, but for the crate's name.
    pub fn of_solution(&self, root: &Path, path: &str) -> Option<Vec<u8>> {
        let (name, file) = path.strip_prefix("lessons/")?.split_once('/')?;
        let lesson = Lesson::from_folder(name)?;
        let [own, solution] = Program::both(&lesson);
        let text = fs::read_to_string(root.join(solution.folder()).join(file)).ok()?;
        let forms = [solution.renamed_crate(&own, &text), solution.renamed(&own, &text)];
        forms.into_iter().map(String::into_bytes).find(|content| self.is_original(path, content))
    }

    /// The original content of a file of a lesson, if `solve` or `reset` found it there once and kept it.
    fn of_kept(&self, root: &Path, path: &str) -> Option<Vec<u8>> {
        let (lesson, file) = path.strip_prefix("lessons/")?.split_once('/')?;
        let folders = fs::read_dir(root.join(KEPT)).ok()?.flatten();
        let folders = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with(lesson));
        let mut contents = folders.filter_map(|folder| fs::read(folder.path().join(file)).ok());
        contents.find(|content| self.is_original(path, content))
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

/// Where the original of a file of a lesson is, if the solution does not have the same.
pub fn set_aside(path: &str) -> String {
    path.replacen("lessons", FOLDER, 1)
}

/// What git has under an id, or why it has nothing.
fn blob(root: &Path, id: &str) -> Result<Vec<u8>, String> {
    let output = Command::new("git").arg("-C").arg(root).args(["cat-file", "blob", id]).output();
    let output = output.map_err(|error| format!("git does not run: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("git says: {}", String::from_utf8_lossy(&output.stderr).trim_end()))
}

/// Where nothing of them is left: files, and why git does not have them.
fn nowhere(missing: &[(&str, String)]) -> Problem {
    let files = missing.iter().map(|(path, _)| path.to_string());
    // Git says much the same of each.
    let reason = missing.first().map(|(_, reason)| reason.clone());
    let lines: Vec<_> = files.chain(reason).collect();
    Problem::new(format!(
        "some files are not as they were handed out, and their originals are neither in `{FOLDER}`, nor in a solution, \
         nor in `{KEPT}`, nor in git"
    ))
    .quoting(lines.join("\n"))
    .advice(format!(
        "Nothing was changed. In a clone, git has them, too: install it if it is missing, and try again. (In a clone without \
         its history, `git fetch --unshallow` gets the rest of it first.) A copy from an archive has no git: unpack the \
         archive once more, elsewhere, and copy `{FOLDER}` from there, and `solutions` if it is there, too."
    ))
}
