//! A lesson as it was at the start.

use super::files::Files;
use super::progress::{self, Store};
use super::replace::{self, Agreement, Outcome};
use crate::course::{Course, Lesson};
use crate::problem::{Problem, Result};

/// Puts the files of a lesson back, and forgets its progress.
///
/// # Errors
///
/// When the original files cannot be had, or the ones that are there cannot be replaced.
pub fn put_back(course: &Course, lesson: &Lesson, agreement: Agreement) -> Result<Outcome> {
    let outcome = replace::replace(course, lesson, &[""], original_files(course, lesson)?, agreement)?;
    if outcome != Outcome::Declined {
        let (_, notice) = Store::of(course).update(|state| state.forget(lesson));
        progress::tell(notice.as_ref());
    }
    Ok(outcome)
}

fn original_files(course: &Course, lesson: &Lesson) -> Result<Files> {
    let files = course.originals().contents(course.root(), lesson)?;
    if files.is_empty() {
        return Err(Problem::new(format!("the originals of {} are not listed", lesson.name()))
            .advice("Only a lesson that came with the course can be put back."));
    }
    Ok(files)
}
