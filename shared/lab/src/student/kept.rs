//! Files of a student that others took the place of, in a folder of `.lab/kept` for each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use humantime::{format_rfc3339_millis, parse_rfc3339};

use super::files::{self, Files};
use super::progress::FOLDER;
use super::solution;
use crate::course::{Course, Lesson};
use crate::problem::{Problem, Result};
use crate::screen::difference::Edit;

/// The folder of all of them, in [`FOLDER`].
const KEPT: &str = "kept";
/// A list, beside the files that were kept, of those that came without taking the place of another: a line for each,
/// with its path in the lesson.
const NEW_FILES: &str = ".new-files";

/// The files that were kept at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Their folder, in the folder of the course.
    pub folder: PathBuf,
    /// When that was, as it is written in the name of the folder: `2026-11-25T18-07-41.123Z`.
    pub name: String,
    /// When that was.
    pub time: SystemTime,
}

/// Whose files were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The student's own.
    Student,
    /// They are those of the solution, as `reset` finds them after `solve`.
    Solution,
    /// They are those of the start, as `solve` finds them in a lesson that was not begun.
    Course,
}

/// Copies what is there into a new folder, and returns that; none if nothing is there.
///
/// # Errors
///
/// When it cannot be written.
pub fn keep(course: &Course, lesson: &Lesson, edits: &[Edit]) -> Result<Option<PathBuf>> {
    if edits.iter().all(|edit| edit.before.is_none()) {
        return Ok(None);
    }
    let folder = Path::new(FOLDER).join(KEPT).join(format!("{}-{}", lesson.name(), name(SystemTime::now())));
    let mut new_files = String::new();
    let mut kept = Files::new();
    for edit in edits {
        let path = inside(lesson, &edit.path);
        match &edit.before {
            Some(content) => drop(kept.insert(path.to_owned(), content.clone())),
            None => new_files += &format!("{path}\n"),
        }
    }
    if !new_files.is_empty() {
        kept.insert(NEW_FILES.to_owned(), new_files.into_bytes());
    }
    for (path, content) in kept {
        files::write(&course.root().join(&folder).join(path), &content).map_err(|error| {
            Problem::new(format!("nothing was changed: your files cannot be kept in {}: {error}", folder.display()))
        })?;
    }
    Ok(Some(folder))
}

/// The path in the lesson's folder of a path in the course.
fn inside<'a>(lesson: &Lesson, path: &'a str) -> &'a str {
    path.strip_prefix(&format!("lessons/{}/", lesson.name())).unwrap_or(path)
}

/// A colon cannot be part of a name on Windows.
fn name(time: SystemTime) -> String {
    format_rfc3339_millis(time).to_string().replace(':', "-")
}

/// What was kept of a lesson, the newest first.
pub fn of(course: &Course, lesson: &Lesson) -> Vec<Kept> {
    // A folder that is not there has nothing in it.
    let entries = fs::read_dir(course.root().join(FOLDER).join(KEPT)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut all: Vec<_> = names.filter_map(|name| Kept::from_folder(lesson, &name)).collect();
    all.sort_by_key(|kept| std::cmp::Reverse(kept.time));
    all
}

impl Kept {
    fn from_folder(lesson: &Lesson, folder: &str) -> Option<Self> {
        let name = folder.strip_prefix(lesson.name())?.strip_prefix('-')?;
        let (day, time) = name.split_once('T')?;
        let time = parse_rfc3339(&format!("{day}T{}", time.replace('-', ":"))).ok()?;
        Some(Self { folder: Path::new(FOLDER).join(KEPT).join(folder), name: name.to_owned(), time })
    }

    /// Whose they are. What cannot be read is taken for the student's.
    pub fn author(&self, course: &Course, lesson: &Lesson) -> Author {
        let Ok((files, _)) = self.files(course, lesson) else { return Author::Student };
        let are_of = |others: Result<Files>| {
            others.is_ok_and(|others| files.iter().all(|(path, content)| others.get(path) == Some(content)))
        };
        if are_of(course.originals().contents(course.root(), lesson)) {
            Author::Course
        } else if are_of(solution::files(course, lesson)) {
            Author::Solution
        } else {
            Author::Student
        }
    }

    /// The files, by their path in the course, and the paths of those that came without taking the place of another.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn files(&self, course: &Course, lesson: &Lesson) -> Result<(Files, Vec<String>)> {
        let folder = course.root().join(&self.folder);
        let mut files = files::read(&folder, &folder)?;
        let in_course = |path: &str| format!("lessons/{}/{path}", lesson.name());
        let new_files = files.remove(NEW_FILES).unwrap_or_default();
        let new_files = String::from_utf8_lossy(&new_files).lines().map(in_course).collect();
        Ok((files.into_iter().map(|(path, content)| (in_course(&path), content)).collect(), new_files))
    }
}
