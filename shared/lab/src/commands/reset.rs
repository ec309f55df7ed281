//! `cargo lab reset`: a lesson as it was at the start.

use crate::arguments::Replacement;
use crate::course::Course;
use crate::problem::{Exit, Result};
use crate::screen::report;
use crate::student::replace::{self, Agreement, Outcome};
use crate::student::starter;

/// Puts the files of a lesson back, and forgets its progress.
///
/// # Errors
///
/// When the original files cannot be had, or the ones that are there cannot be replaced.
pub fn run(typed: &Replacement, course: &Course) -> Result<Exit> {
    let lesson = course.lesson(&typed.lesson)?;
    match starter::put_back(course, lesson, Agreement::Asked(typed.consent))? {
        Outcome::Declined => {
            report::line("Nothing was changed.");
            return Ok(Exit::NotDone);
        }
        Outcome::Same => report::line(format!("lessons/{} is as it was at the start already.", lesson.name())),
        Outcome::Replaced(kept) => {
            report::line(format!("lessons/{} is as it was at the start.", lesson.name()));
            replace::say_where(course, lesson, kept.as_deref());
        }
    }
    Ok(Exit::Done)
}
