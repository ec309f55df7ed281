//! Which lesson is meant when none is named.

use std::path::Path;

use crate::course::{Course, Lesson};
use crate::manifest::Manifest;
use crate::problem::Result;
use crate::state::State;

/// Why it is this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The current folder belongs to it.
    Folder,
    /// It was checked last, and is not done.
    CheckedLast,
    /// It is the first that is not done.
    FirstOpen,
    /// All are done, and it is the last.
    AllDone,
}

/// The lesson whose folder one is in; else the one that was checked last, if it is not done; else the first that is
/// not done.
///
/// # Errors
///
/// When a lesson cannot be read, or there is none.
pub fn lesson(course: &Course, state: &State, folder: &Path) -> Result<(Lesson, Reason)> {
    if let Some(lesson) = course.lesson_of(folder) {
        return Ok((lesson.clone(), Reason::Folder));
    }
    let last = course.lessons().iter().find(|lesson| state.last.as_deref() == Some(lesson.name()));
    if let Some(lesson) = last
        && is_open(course, state, lesson)?
    {
        return Ok((lesson.clone(), Reason::CheckedLast));
    }
    for lesson in course.lessons() {
        if is_open(course, state, lesson)? {
            return Ok((lesson.clone(), Reason::FirstOpen));
        }
    }
    Ok((course.last()?.clone(), Reason::AllDone))
}

fn is_open(course: &Course, state: &State, lesson: &Lesson) -> Result<bool> {
    let manifest = Manifest::read(course, lesson)?;
    Ok(state.progress(lesson).open_step(&manifest).is_some())
}
