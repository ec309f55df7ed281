//! `cargo lab solve`: the solution in the place of a student's code.

use crate::arguments::Replacement;
use crate::course::{Course, Lesson};
use crate::problem::{Exit, Result};
use crate::screen::report;
use crate::student::replace::{self, Agreement, Outcome};
use crate::student::solution;

/// Puts the solution's code into the lesson.
///
/// # Errors
///
/// When there is no solution, or the files that are there cannot be replaced.
pub fn run(typed: &Replacement, course: &Course) -> Result<Exit> {
    let lesson = course.lesson(&typed.lesson)?;
    let files = solution::files(course, lesson)?;
    match replace::replace(course, lesson, &solution::PARTS, files, Agreement::Asked(typed.consent))? {
        Outcome::Declined => {
            report::line("Nothing was changed.");
            return Ok(Exit::NotDone);
        }
        Outcome::Same => report::line(format!("lessons/{} has the solution already.", lesson.name())),
        Outcome::Replaced(kept) => {
            report::line(format!("lessons/{} has the solution.", lesson.name()));
            replace::say_where(course, lesson, kept.as_deref());
            report::line(report::wrapped("", &what_comes_next(course, lesson)));
        }
    }
    Ok(Exit::Done)
}

/// It promises `reset` only where that has what it needs.
fn what_comes_next(course: &Course, lesson: &Lesson) -> String {
    let number = lesson.number();
    let next = format!("Read it, then see what it shows: `cargo lab check {number}`.");
    match course.originals().contents(course.root(), lesson) {
        Ok(_) => format!("{next} `cargo lab reset {number}` begins anew."),
        Err(_) => next,
    }
}
