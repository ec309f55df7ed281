//! A lesson's files, replaced by others: shown, asked for, kept, and only then written.

use std::io;
use std::path::{Path, PathBuf};

use super::files::{self, Files};
use super::kept;
use crate::arguments::Consent;
use crate::course::{Course, Lesson};
use crate::problem::{Problem, Result};
use crate::screen::difference::{self, Edit};
use crate::screen::{question, report};

/// How it is agreed on.
#[derive(Debug, Clone, Copy)]
pub enum Agreement {
    /// By what was typed, and an answer in the terminal.
    Asked(Consent),
    /// It was asked for elsewhere already, and nothing is shown.
    Given,
}

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
/// others. The old files are kept.
///
/// # Errors
///
/// When nobody can be asked, a file was saved while the question was open, or one cannot be read, kept or written. The
/// files are then as they were.
pub fn replace(
    course: &Course,
    lesson: &Lesson,
    parts: &[impl AsRef<Path>],
    files: Files,
    agreement: Agreement,
) -> Result<Outcome> {
    let before = present(course, lesson, parts)?;
    let edits = edits(before.clone(), files);
    if edits.is_empty() {
        return Ok(Outcome::Same);
    }
    if let Agreement::Asked(consent) = agreement
        && !is_agreed(lesson, &edits, consent)?
    {
        return Ok(Outcome::Declined);
    }
    if present(course, lesson, parts)? != before {
        return Err(Problem::new(format!(
            "nothing was changed: a file of lessons/{} was saved meanwhile",
            lesson.name()
        ))
        .advice("Type the command again, to see what it would change now."));
    }
    let kept = kept::keep(course, lesson, &before, &edits)?;
    write_all(course.root(), &edits, kept.as_deref())?;
    Ok(Outcome::Replaced(kept))
}

/// Shows what changes, and asks, unless that was answered already.
fn is_agreed(lesson: &Lesson, edits: &[Edit], consent: Consent) -> Result<bool> {
    difference::summarize(edits);
    if consent.diff {
        difference::show(edits);
    }
    if consent.yes {
        return Ok(true);
    }
    let replace = format!("Replace these files of lessons/{}? The old ones are kept.", lesson.name());
    question::ask_about_changes(&replace, || difference::show(edits))
}

/// What is there now.
fn present(course: &Course, lesson: &Lesson, parts: &[impl AsRef<Path>]) -> Result<Files> {
    let folder = course.root().join("lessons").join(lesson.name());
    let mut present = Files::new();
    for part in parts {
        present.extend(files::read(course.root(), &folder.join(part))?);
    }
    Ok(present)
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

/// Makes all edits, or none: where one cannot be made, those before it are taken back.
fn write_all(root: &Path, edits: &[Edit], kept: Option<&Path>) -> Result<()> {
    // What goes makes room first: a folder may stand where a file belongs.
    let (written, removed): (Vec<_>, Vec<_>) = edits.iter().partition(|edit| edit.after.is_some());
    let mut done: Vec<&Edit> = Vec::new();
    for edit in removed.into_iter().chain(written) {
        if let Err(error) = put(root, &edit.path, edit.after.as_deref()) {
            let taken_back = done.iter().rev().all(|edit| put(root, &edit.path, edit.before.as_deref()).is_ok());
            return Err(not_replaced(&edit.path, &error, taken_back, kept));
        }
        done.push(edit);
    }
    Ok(())
}

/// Makes a file be this, or not be there.
fn put(root: &Path, path: &str, content: Option<&[u8]>) -> io::Result<()> {
    match content {
        Some(content) => files::write(&root.join(path), content),
        None => files::remove(&root.join(path)),
    }
}

fn not_replaced(path: &str, error: &io::Error, taken_back: bool, kept: Option<&Path>) -> Problem {
    let problem = Problem::new(format!("{path} cannot be replaced: {error}"));
    if taken_back {
        return problem.advice("All files are as they were. Mend what is in the way, and type the command again.");
    }
    let kept = kept.map_or_else(String::new, |kept| format!("Your files are in {}. ", kept.display()));
    problem.advice(format!(
        "Some files may be new already, and the others are as they were. {kept}Mend what is in the way, and type the \
         command again."
    ))
}

/// Says where the old files are, and how they come back.
pub fn say_where(course: &Course, lesson: &Lesson, kept: Option<&Path>) {
    if let Some(kept) = kept {
        report::line(report::wrapped("", &where_kept(course, lesson, kept)));
    }
}

/// The same as text.
pub fn where_kept(course: &Course, lesson: &Lesson, kept: &Path) -> String {
    let number = lesson.number();
    // Without a number, it is the student's own that come back.
    let newest = kept::of(course, lesson).into_iter().next();
    let are_own = newest.is_some_and(|newest| newest.author(course, lesson) == kept::Author::Student);
    let from = if are_own { "" } else { " --from 1" };
    format!("The old files are in {}.\n`cargo lab restore {number}{from}` brings them back.", kept.display())
}
