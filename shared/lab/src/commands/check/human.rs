//! The answer of `cargo lab check` for a person.

use super::Check;
use crate::judge::Status;
use crate::manifest::Step;
use crate::problem::Exit;
use crate::report::{self, GOOD, HEADING, styled};

/// Before the steps of a lesson: the one that is judged, or an earlier one.
pub(super) fn heading(check: &Check, index: usize) {
    let Some(part) = check.parts.get(index) else { return };
    let text = match index {
        0 => format!("{}: {}", check.subject_name(), part.manifest.title),
        _ => format!("\nWhat lesson {} added: {}", part.lesson.number(), part.manifest.title),
    };
    report::line(format!("{}\n", styled(HEADING, text)));
}

/// A step.
pub(super) fn step(step: &Step, status: &Status) {
    report::line(report::step(step, status));
}

/// After the last step.
pub(super) fn conclude(check: &Check) -> Exit {
    let exit = check.exit();
    match exit {
        Exit::Done => done(check),
        Exit::NotDone => explain(check),
        _ => {
            let text = "That is no pass: what is marked with a question mark could not be judged.";
            report::line(format!("\n{}", report::wrapped("", text)));
        }
    }
    exit
}

fn explain(check: &Check) {
    for part in &check.parts {
        for status in &part.statuses {
            let Status::Failed(failure) = status else { continue };
            report::failure(failure);
            where_to_look(check, part.lesson.name(), &part.manifest.files);
        }
    }
}

fn where_to_look(check: &Check, lesson: &str, files: &[String]) {
    report::line(format!("\n{}", styled(HEADING, "Where to look")));
    if check.url.is_none() {
        for file in files {
            report::line(format!("  {}/{file}", check.program.folder()));
        }
    }
    report::line(format!("  lessons/{lesson}/README.md"));
    if check.url.is_none() && !check.program.solution && lesson == check.program.lesson.name() {
        report::line(format!("  cargo lab hint {}", check.program.lesson.number()));
    }
}

fn done(check: &Check) {
    report::line(format!("\n{}", styled(GOOD, format!("{} is done.", check.subject_name()))));
    if check.url.is_some() {
        let text = "It was judged from outside: what takes a restart, a second replica or a full connection pool was \
                    left out.";
        report::line(report::wrapped("", text));
    }
    if let Some(part) = check.parts.first() {
        report::section("What you know now", &part.manifest.learned);
    }
    if let Some(next) = check.course.after(&check.program.lesson) {
        report::section("Next", &format!("Read lessons/{}/README.md, then:", next.name()));
        report::line(format!("  cargo lab run {}", next.number()));
        report::line(format!("  cargo lab check {}", next.number()));
    }
}
