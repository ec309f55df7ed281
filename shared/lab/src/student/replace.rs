//! A lesson's files, replaced by others: shown, asked for, kept, and only then written.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use humantime::format_rfc3339_millis;
use tempfile::Builder;
use walkdir::WalkDir;

use super::progress::FOLDER;
use crate::course::{Course, Lesson};
use crate::problem::{Problem, Result};
use crate::screen::difference::{self, Edit};
use crate::screen::{question, report};

/// Contents of files, by their path in the folder of the course.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All files were already so.
    Same,
    /// The files are replaced, and the old ones are in this folder, if there were any.
    Replaced(Option<PathBuf>),
    /// The answer was no.
    Declined,
}

/// Makes the files of a part of a lesson (`parts` are paths in its folder; an empty path is all of it) be these and no
/// others. Shows what changes and asks first, unless `yes`. The old files are kept.
///
/// # Errors
///
/// When nobody can be asked, or a file cannot be read, kept or written. Each file is then either as before or new.
pub fn replace(course: &Course, lesson: &Lesson, parts: &[&str], files: Files, yes: bool) -> Result<Outcome> {
    let edits = edits(present(course, lesson, parts)?, files);
    if edits.is_empty() {
        return Ok(Outcome::Same);
    }
    difference::show(&edits);
    let replace = format!("Replace these files of lessons/{}? The old ones are kept.", lesson.name());
    if !yes && !question::ask(&replace)? {
        return Ok(Outcome::Declined);
    }
    let kept = keep(course, lesson, &edits)?;
    write_all(course.root(), &edits, kept.as_deref())?;
    Ok(Outcome::Replaced(kept))
}

/// What is there now.
fn present(course: &Course, lesson: &Lesson, parts: &[&str]) -> Result<Files> {
    let folder = course.root().join("lessons").join(lesson.name());
    let mut files = Files::new();
    for part in parts {
        let root = folder.join(part);
        if !root.exists() {
            continue;
        }
        for entry in WalkDir::new(&root) {
            let entry = entry.map_err(|error| Problem::new(format!("cannot read {}: {error}", root.display())))?;
            if entry.file_type().is_dir() {
                continue;
            }
            let content = fs::read(entry.path());
            let content = content.map_err(|error| unreadable(entry.path(), &error))?;
            files.insert(path_in(course.root(), entry.path()), content);
        }
    }
    Ok(files)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("cannot read {}: {error}", path.display()))
}

/// A path in a folder, with `/` on every system, as in the list of originals.
pub fn path_in(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    let names: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    names.join("/")
}

fn edits(mut before: Files, after: Files) -> Vec<Edit> {
    let mut edits: Vec<_> = after
        .into_iter()
        .map(|(path, after)| Edit { before: before.remove(&path), path, after: Some(after) })
        .filter(|edit| edit.before != edit.after)
        .collect();
    edits.extend(before.into_iter().map(|(path, before)| Edit { path, before: Some(before), after: None }));
    edits.sort_by(|one, other| one.path.cmp(&other.path));
    edits
}

/// Copies what is there into a new folder.
fn keep(course: &Course, lesson: &Lesson, edits: &[Edit]) -> Result<Option<PathBuf>> {
    let old: Vec<_> = edits.iter().filter_map(|edit| Some((&edit.path, edit.before.as_ref()?))).collect();
    if old.is_empty() {
        return Ok(None);
    }
    // A colon cannot be part of a name on Windows.
    let time = format_rfc3339_millis(SystemTime::now()).to_string().replace(':', "-");
    let kept = Path::new(FOLDER).join("kept").join(format!("{}-{time}", lesson.name()));
    let prefix = format!("lessons/{}", lesson.name());
    for (path, content) in old {
        let inside = path.strip_prefix(&prefix).unwrap_or(path).trim_start_matches('/');
        write(&course.root().join(&kept).join(inside), content).map_err(|error| {
            Problem::new(format!("nothing was changed: your files cannot be kept in {}: {error}", kept.display()))
        })?;
    }
    Ok(Some(kept))
}

fn write_all(root: &Path, edits: &[Edit], kept: Option<&Path>) -> Result<()> {
    // What goes makes room first: a folder may stand where a file belongs.
    let (written, removed): (Vec<_>, Vec<_>) = edits.iter().partition(|edit| edit.after.is_some());
    for edit in removed.into_iter().chain(written) {
        let path = root.join(&edit.path);
        let done = match &edit.after {
            Some(content) => write(&path, content),
            None => remove(&path),
        };
        done.map_err(|error| {
            let kept = kept.map_or_else(String::new, |kept| format!("Your files are in {}. ", kept.display()));
            Problem::new(format!("{} cannot be replaced: {error}", edit.path)).advice(format!(
                "Some files may be new already, and the others are as they were. {kept}Mend what is in the way, and type \
                 the command again."
            ))
        })?;
    }
    Ok(())
}

/// So that the file is never half there.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = builder().tempfile_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

/// With the permissions of any new file; those of a temporary one are for its owner alone.
#[cfg(unix)]
fn builder() -> Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;

    let mut builder = Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder() -> Builder<'static, 'static> {
    Builder::new()
}

/// Removes a file, and its folder if nothing else is in it.
fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    if let Some(folder) = path.parent() {
        // Fails when it is not empty.
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Says where the old files are.
pub fn say_where(kept: Option<&Path>) {
    if let Some(kept) = kept {
        report::line(report::wrapped("", &format!("The old files are in {}.", kept.display())));
    }
}
