//! Which lesson is meant: the one that was typed, else the one at hand.

use std::env;
use std::path::Path;

use super::progress::{self, State, Store};
use crate::arguments::Which;
use crate::course::manifest::Manifest;
use crate::course::{Course, Lesson, Program, stage};
use crate::problem::Result;
use crate::screen::report;

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

/// The program that was typed.
///
/// # Errors
///
/// As for [`lesson`], and when it is a solution, and this copy has none.
pub fn program(which: Which, course: &Course) -> Result<Program> {
    let program = Program { lesson: lesson(which.lesson.as_deref(), course)?, solution: which.solution };
    if program.solution && !course.has_solutions() {
        return Err(stage::without_solution(course.root(), &program.lesson));
    }
    Ok(program)
}

/// The program that was typed, to be run: the finished shop, too, where the lesson needs that beside it.
///
/// # Errors
///
/// As for [`program`].
pub fn program_to_run(which: Which, course: &Course) -> Result<Program> {
    match which.lesson.as_deref().and_then(|typed| course.finished_shop(typed)) {
        Some(lesson) => Ok(Program { lesson, solution: true }),
        None => program(which, course),
    }
}

/// The lesson that was typed, else the one at hand, and then says which one that is, unless one is in its folder.
///
/// # Errors
///
/// When there is none of that name, or it cannot be read.
pub fn lesson(typed: Option<&str>, course: &Course) -> Result<Lesson> {
    match typed {
        Some(typed) => course.lesson(typed).cloned(),
        None => lesson_at_hand(course),
    }
}

fn lesson_at_hand(course: &Course) -> Result<Lesson> {
    let folder = env::current_dir().unwrap_or_default();
    let (state, notice) = Store::of(course).read();
    progress::tell(notice.as_ref());
    let (lesson, reason) = at_hand(course, &state, &folder)?;
    let which = match reason {
        Reason::Folder => return Ok(lesson),
        Reason::CheckedLast => "the one that you checked last",
        Reason::FirstOpen => "the first that is not done",
        Reason::AllDone => "the last, since all are done",
    };
    report::note(report::wrapped("", &format!("No lesson is named, so this is {which}: {}.\n", lesson.name())));
    Ok(lesson)
}

/// The lesson whose folder one is in; else the one that was checked last, if it is not done; else the first that is
/// not done.
///
/// # Errors
///
/// When a lesson cannot be read, or there is none.
pub fn at_hand(course: &Course, state: &State, folder: &Path) -> Result<(Lesson, Reason)> {
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
