//! `cargo lab carry`: a lesson begun with one's own code of the lesson before it, in the place of ours.

mod merged;
mod scratch;

use clap::Args;

use self::merged::{Merged, PARTS};
use crate::arguments::Replacement;
use crate::course::manifest::Manifest;
use crate::course::{Course, Kind, Lesson};
use crate::machine::signals;
use crate::problem::{Exit, Problem, Result};
use crate::screen::{progress_line, report};
use crate::student::files::{self, Files};
use crate::student::progress::{self, Store};
use crate::student::replace::{self, Agreement, Outcome};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson that begins, and what is shown and asked.
    #[command(flatten)]
    pub replacement: Replacement,
}

/// Carries the code of the lesson before into a lesson.
///
/// # Errors
///
/// When there is no such lesson, the two do not merge or do not compile, or the files cannot be replaced.
pub async fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    let lesson = course.lesson(&typed.replacement.lesson)?;
    let Some(before) = course.before(lesson) else {
        report::line(report::wrapped("", &nothing_to_carry(lesson)));
        return Ok(Exit::Done);
    };
    warn_of_open_steps(course, before)?;
    let code = match merged::merge(course, before, lesson)? {
        Merged::Clean(code) => code,
        Merged::InTheWay(places) => return Err(in_the_way(before, lesson, &places)),
    };
    let line = format!("building {} with your code", lesson.name());
    // Neither cargo nor its folder is left behind.
    tokio::select! {
        biased;
        _ = signals::stop() => return Ok(Exit::Interrupted),
        built = progress_line::show(line, scratch::build(course, lesson, &code)) => built?,
    }
    signals::end_at_once();
    put(typed, course, before, lesson, code)
}

fn nothing_to_carry(lesson: &Lesson) -> String {
    let name = lesson.name();
    match Kind::of(lesson) {
        Kind::Shop => format!("{name} is the first lesson: there is no code of yours to carry into it."),
        kind => format!("{name} is a program of its own, the {kind}: nothing has to be carried. Begin it as it is."),
    }
}

/// A lesson that is not done can be carried: the rest can still be done in the next one.
fn warn_of_open_steps(course: &Course, before: &Lesson) -> Result<()> {
    let manifest = Manifest::read(course, before)?;
    let (state, notice) = Store::of(course).read();
    progress::tell(notice.as_ref());
    if let Some(step) = state.progress(before).open_step(&manifest) {
        report::warning(&format!(
            "As far as `cargo lab` knows, {} is not done: its step `{}` is open. What it lacks, the next lesson will lack, \
             too. `cargo lab check {}` says what that is.",
            before.name(),
            step.check.name,
            before.number(),
        ));
    }
    Ok(())
}

fn in_the_way(before: &Lesson, lesson: &Lesson, places: &[String]) -> Problem {
    let (name, number) = (before.name(), lesson.number());
    let problem = Problem::new(format!(
        "nothing was changed: your code of {name} and the TODO comments of {} meet in the same lines",
        lesson.name()
    ));
    let advice = format!(
        "Make these places of lessons/{name} more like the lines between the marks, and type the command again. Or begin \
         lesson {number} with our code, as it is, and copy by hand what you want of yours."
    );
    Problem { exit: Exit::NotDone, ..problem.quoting(places.join("\n")).advice(advice) }
}

/// A lesson that was not begun has nothing to lose, and nobody is asked.
fn put(typed: &Typed, course: &Course, before: &Lesson, lesson: &Lesson, code: Files) -> Result<Exit> {
    let consent = typed.replacement.consent;
    let is_new = is_as_handed_out(course, lesson)? && !consent.diff;
    let agreement = if is_new { Agreement::Given } else { Agreement::Asked(consent) };
    match replace::replace(course, lesson, &PARTS, code, agreement)? {
        Outcome::Declined => {
            report::line("Nothing was changed.");
            return Ok(Exit::NotDone);
        }
        Outcome::Same => report::line(format!("lessons/{} has your code already.", lesson.name())),
        Outcome::Replaced(kept) => {
            let text =
                format!("lessons/{} begins with your code of {} now. It compiles.", lesson.name(), before.name());
            report::line(report::wrapped("", &text));
            replace::say_where(course, lesson, kept.as_deref());
            report::line(report::wrapped("", &format!("What comes next: `cargo lab check {}`.", lesson.number())));
        }
    }
    Ok(Exit::Done)
}

fn is_as_handed_out(course: &Course, lesson: &Lesson) -> Result<bool> {
    let folder = course.root().join("lessons").join(lesson.name());
    let original = course.originals().contents(course.root(), lesson)?;
    let mut present = Files::new();
    for part in PARTS {
        present.extend(files::read(course.root(), &folder.join(part))?);
    }
    let is_part =
        |path: &&String| PARTS.iter().any(|part| folder_path(lesson, path).is_some_and(|p| p.starts_with(part)));
    let expected = original.iter().filter(|(path, _)| is_part(path));
    Ok(present.iter().eq(expected))
}

/// A path in the lesson's folder, of one in the course.
fn folder_path<'a>(lesson: &Lesson, path: &'a str) -> Option<&'a str> {
    path.strip_prefix("lessons/")?.strip_prefix(lesson.name())?.strip_prefix('/')
}
