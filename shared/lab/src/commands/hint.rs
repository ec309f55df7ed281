//! `cargo lab hint`: one more hint for the step that is open.

use clap::Args;

use crate::course::manifest::Manifest;
use crate::course::{Course, Lesson};
use crate::judge::hints::{self, Help};
use crate::problem::{Exit, Result};
use crate::screen::report::{self, GOOD, HEADING, styled};
use crate::student::at_hand;
use crate::student::progress::{self, Store};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson, by number or name. Without it, the same one that `check` would take
    pub lesson: Option<String>,
    /// Show all hints of the step at once
    #[arg(long)]
    pub all: bool,
}

/// Shows the hint, and remembers that it was shown.
///
/// # Errors
///
/// When the lesson cannot be read.
pub fn run(typed: Typed, course: &Course) -> Result<Exit> {
    let lesson = at_hand::lesson(typed.lesson.as_deref(), course)?;
    let manifest = Manifest::read(course, &lesson)?;
    let choose = if typed.all { hints::all } else { hints::next };
    let mut help = None;
    let (_, notice) = Store::of(course).update(|state| {
        help = choose(&manifest, state.lessons.entry(lesson.name().to_owned()).or_default());
    });
    progress::tell(notice.as_ref());
    match help {
        Some(help) => show(&help, &lesson, course),
        None => all_done(&lesson),
    }
    Ok(Exit::Done)
}

fn show(help: &Help, lesson: &Lesson, course: &Course) {
    report::line(styled(HEADING, report::wrapped("", &format!("Lesson {}: {}", lesson.number(), help.title))));
    if let Some(failed) = &help.failed {
        report::section("The last check said", &failed.change);
        report::line(report::wrapped("  ", &failed.mistake));
    }
    for (hint, number) in help.hints.iter().zip(help.first..) {
        report::section(&format!("Hint {number} of {}", help.total), hint);
    }
    report::line(format!("\n{}", report::wrapped("", &next(help, lesson, course.has_solutions()))));
}

fn next(help: &Help, lesson: &Lesson, has_solutions: bool) -> String {
    let number = lesson.number();
    let more = (help.first + help.hints.len()).saturating_sub(1) < help.total;
    match help.total {
        0 => format!(
            "This step has no hint. Read lessons/{}/README.md, or ask `cargo lab check {number}`.",
            lesson.name()
        ),
        _ if more => format!("`cargo lab hint {number}` shows the next one."),
        _ if !has_solutions => format!("There are no more. `cargo lab solve {number}` says where the solution is."),
        _ => format!("There are no more. `cargo lab solve {number}` puts the solution in the place of your code."),
    }
}

fn all_done(lesson: &Lesson) {
    report::line(styled(GOOD, format!("Lesson {} is done. There is nothing to hint at.", lesson.number())));
}
