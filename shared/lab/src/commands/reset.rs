//! `cargo lab reset`: a lesson as it was at the start.

use crate::cli::Replacement;
use crate::course::{Course, Lesson};
use crate::problem::{Exit, Problem, Result};
use crate::replace::{self, Files, Outcome};
use crate::report;
use crate::state::Store;

/// Puts the files of a lesson back, and forgets its progress.
///
/// # Errors
///
/// When the original files cannot be had, or the ones that are there cannot be replaced.
pub fn run(typed: &Replacement, course: &Course) -> Result<Exit> {
    let lesson = course.lesson(&typed.lesson)?;
    match restore(course, lesson, typed.yes)? {
        Outcome::Declined => {
            report::line("Nothing was changed.");
            return Ok(Exit::NotDone);
        }
        Outcome::Same => report::line(format!("lessons/{} is as it was at the start already.", lesson.name())),
        Outcome::Replaced(kept) => {
            report::line(format!("lessons/{} is as it was at the start.", lesson.name()));
            replace::say_where(kept.as_deref());
        }
    }
    Ok(Exit::Done)
}

/// The same without a word about what came of it. Asks first, unless `yes`.
pub(super) fn restore(course: &Course, lesson: &Lesson, yes: bool) -> Result<Outcome> {
    let outcome = replace::replace(course, lesson, &[""], original_files(course, lesson)?, yes)?;
    if outcome != Outcome::Declined {
        let (_, notice) = Store::of(course).update(|state| state.forget(lesson));
        report::notice(notice.as_ref());
    }
    Ok(outcome)
}

fn original_files(course: &Course, lesson: &Lesson) -> Result<Files> {
    let originals = course.originals();
    let files: Result<Files> =
        originals.files(lesson).map(|path| Ok((path.to_owned(), originals.content(course.root(), path)?))).collect();
    let files = files?;
    if files.is_empty() {
        return Err(Problem::new(format!("the originals of {} are not listed", lesson.name()))
            .advice("Only a lesson that came with the course can be put back."));
    }
    Ok(files)
}
