//! The answer of `cargo lab check` for a person.

use super::judgement::Judgement;
use crate::course::manifest::Step;
use crate::judge::{self, Status};
use crate::machine::prometheus::{self, USUAL_URL};
use crate::problem::{Exit, Result};
use crate::screen::report::{self, GOOD, HEADING, styled};
use crate::student::ending::{self, Graph, Section};
use crate::student::progress::Store;

/// Before the steps of a lesson: the one that is judged, or an earlier one.
pub(super) fn heading(judgement: &Judgement, index: usize) {
    let Some(part) = judgement.parts.get(index) else { return };
    let text = match index {
        0 => format!("{}: {}", judgement.subject_name(), part.manifest.title),
        _ => format!("\nWhat lesson {} added: {}", part.lesson.number(), part.manifest.title),
    };
    report::line(format!("{}\n", styled(HEADING, text)));
}

/// A step.
pub(super) fn step(step: &Step, status: &Status) {
    report::line(judge::line(step, status));
}

/// After the last step.
///
/// # Errors
///
/// When another lesson cannot be read.
pub(super) async fn conclude(judgement: &Judgement<'_>) -> Result<Exit> {
    let exit = judgement.exit();
    match exit {
        Exit::Done => done(judgement).await?,
        Exit::NotDone => explain(judgement),
        _ => {
            let text = "That is no pass: what is marked with a question mark could not be judged.";
            report::line(format!("\n{}", report::wrapped("", text)));
        }
    }
    Ok(exit)
}

fn explain(judgement: &Judgement) {
    for part in &judgement.parts {
        for status in &part.statuses {
            let Status::Failed(failure) = status else { continue };
            report::failure(failure);
            where_to_look(judgement, part.lesson.name(), &part.manifest.files);
        }
    }
}

fn where_to_look(judgement: &Judgement, lesson: &str, files: &[String]) {
    report::line(format!("\n{}", styled(HEADING, "Where to look")));
    if judgement.url.is_none() {
        for file in files {
            report::line(format!("  {}/{file}", judgement.program.folder()));
        }
    }
    report::line(format!("  {}", judgement.course.text_of(lesson)));
    if judgement.url.is_none() && !judgement.program.solution && lesson == judgement.program.lesson.name() {
        report::line(format!("  cargo lab hint {}", judgement.program.lesson.number()));
    }
}

async fn done(judgement: &Judgement<'_>) -> Result<()> {
    report::line(format!("\n{}", styled(GOOD, format!("{} is done.", judgement.subject_name()))));
    if judgement.url.is_some() {
        let text = "It was judged from outside: what takes a restart, a second replica or a full connection pool was \
                    left out.";
        report::line(report::wrapped("", text));
    }
    let Some(part) = judgement.parts.first() else { return Ok(()) };
    if judgement.url.is_some() {
        show(&[ending::can_do(&part.manifest)]);
    } else {
        let graph = match prometheus::is_at(USUAL_URL).await {
            true => Graph::At(USUAL_URL.to_owned()),
            false => Graph::with_command(&judgement.program),
        };
        show(&ending::of_lesson(judgement.course, &judgement.program, &part.manifest, &graph));
    }
    what_comes_next(judgement)
}

fn what_comes_next(judgement: &Judgement) -> Result<()> {
    let Judgement { course, program, url, .. } = judgement;
    let (state, _) = Store::of(course).read();
    match ending::next_open(course, &state, &program.lesson)? {
        Some(next) => {
            report::section("Next", &format!("Read lessons/{}/README.md, then:", next.name()));
            report::line(format!("  cargo lab run {}", next.number()));
            report::line(format!("  cargo lab check {}", next.number()));
        }
        // Somebody else's work ends nothing.
        None if program.solution || url.is_some() => {}
        None if !course.has_solutions() => show(ending::next_branch(course, &program.lesson).as_slice()),
        None => {
            report::line(format!("\n{}", styled(GOOD, "That was the last one: all lessons are done.")));
            show(&[ending::built(course)?]);
            show(&ending::from_here(course));
        }
    }
    Ok(())
}

fn show(sections: &[Section]) {
    for section in sections {
        report::block(section.heading, &section.text);
    }
}
