//! Files of a student that others took the place of, in a folder of `.lab/kept` for each time.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use humantime::{format_rfc3339_millis, parse_rfc3339};

use super::files::{self, Files};
use super::progress::FOLDER;
use super::solution;
use crate::course::originals::KEPT;
use crate::course::{Course, Lesson};
use crate::problem::{Problem, Result};
use crate::screen::difference::Edit;

/// The folder of lists, in [`FOLDER`]. One for each time, of the files that came without taking the place of another: a line
/// for each, with its path in the lesson.
const NEW_FILES: &str = "new-files";

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

/// Copies what is there before some edits into a new folder, and returns that; none if nothing is replaced. It is the
/// whole of it, so that it can come back as it was, and it has its name only when it is complete.
///
/// # Errors
///
/// When it cannot be written.
pub fn keep(course: &Course, lesson: &Lesson, before: &Files, edits: &[Edit]) -> Result<Option<PathBuf>> {
    if edits.iter().all(|edit| edit.before.is_none()) {
        return Ok(None);
    }
    let name = format!("{}-{}", lesson.name(), name(SystemTime::now()));
    let folder = Path::new(KEPT).join(&name);
    write_whole(course, lesson, before, edits, &name).map_err(|error| {
        Problem::new(format!("nothing was changed: your files cannot be kept in {}: {error}", folder.display()))
    })?;
    Ok(Some(folder))
}

fn write_whole(course: &Course, lesson: &Lesson, before: &Files, edits: &[Edit], name: &str) -> io::Result<()> {
    let all = course.root().join(KEPT);
    fs::create_dir_all(&all)?;
    // Whatever comes between, this goes again by itself.
    let incomplete = tempfile::Builder::new().prefix(".incomplete-").tempdir_in(&all)?;
    for (path, content) in before {
        files::write(&incomplete.path().join(inside(lesson, path)), content)?;
    }
    let new_files = edits.iter().filter(|edit| edit.before.is_none());
    let new_files: String = new_files.map(|edit| format!("{}\n", inside(lesson, &edit.path))).collect();
    if !new_files.is_empty() {
        files::write(&list_of_new_files(course, name.as_ref()), new_files.as_bytes())?;
    }
    fs::rename(incomplete.path(), all.join(name))
}

fn list_of_new_files(course: &Course, name: &OsStr) -> PathBuf {
    course.root().join(FOLDER).join(NEW_FILES).join(name)
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
    let entries = fs::read_dir(course.root().join(KEPT)).into_iter().flatten().flatten();
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
        Some(Self { folder: Path::new(KEPT).join(folder), name: name.to_owned(), time })
    }

    /// Whose they are. What cannot be read is taken for the student's.
    pub fn author(&self, course: &Course, lesson: &Lesson) -> Author {
        let Ok((files, _)) = self.files(course, lesson) else { return Author::Student };
        let are_of = |others: &Files| files.iter().all(|(path, content)| others.get(path) == Some(content));
        let Ok(mut others) = course.originals().contents(course.root(), lesson) else { return Author::Student };
        if are_of(&others) {
            return Author::Course;
        }
        others.extend(solution::files(course, lesson).unwrap_or_default());
        if are_of(&others) { Author::Solution } else { Author::Student }
    }

    /// The files, by their path in the course, and the paths of those that came without taking the place of another.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn files(&self, course: &Course, lesson: &Lesson) -> Result<(Files, Vec<String>)> {
        let folder = course.root().join(&self.folder);
        let files = files::read(&folder, &folder)?;
        let in_course = |path: &str| format!("lessons/{}/{path}", lesson.name());
        let list = list_of_new_files(course, folder.file_name().unwrap_or_default());
        // Without a list, no file came.
        let new_files = fs::read_to_string(list).unwrap_or_default().lines().map(in_course).collect();
        Ok((files.into_iter().map(|(path, content)| (in_course(&path), content)).collect(), new_files))
    }
}
