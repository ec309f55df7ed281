//! The answer of `cargo lab check` for a tool.

use serde::Serialize;

use super::judgement::{Judgement, Part};
use crate::course::manifest::Step;
use crate::judge::Status;
use crate::problem::{Exit, Problem};
use crate::screen::answer::{ExitCode, Explained, Why};
use crate::screen::report;

/// The whole answer.
#[derive(Serialize)]
struct Answer {
    lesson: String,
    /// What was judged: a folder, or a URL.
    subject: String,
    steps: Vec<JudgedStep>,
    /// The earlier lessons that were asked for.
    previous: Vec<Previous>,
    /// Whether everything that was asked for is done.
    done: bool,
    exit: ExitCode,
    /// Why there was nothing to judge.
    problem: Option<Explained>,
}

#[derive(Serialize)]
struct Previous {
    lesson: String,
    steps: Vec<JudgedStep>,
}

#[derive(Serialize)]
struct JudgedStep {
    check: &'static str,
    title: String,
    status: &'static str,
    failure: Option<Why>,
    /// Why it could not be judged.
    reason: Option<String>,
}

/// Writes the answer.
pub(super) fn answer(judgement: &Judgement, problem: Option<Problem>) -> Exit {
    let exit = problem.as_ref().map_or_else(|| judgement.exit(), |problem| problem.exit);
    let (own, earlier) = judgement.parts.split_at(1.min(judgement.parts.len()));
    report::json(&Answer {
        lesson: judgement.program.lesson.name().to_owned(),
        subject: judgement.url.as_ref().map_or_else(|| judgement.program.folder(), ToString::to_string),
        steps: own.iter().flat_map(steps).collect(),
        previous: earlier
            .iter()
            .map(|part| Previous { lesson: part.lesson.name().to_owned(), steps: steps(part).collect() })
            .collect(),
        done: exit == Exit::Done,
        exit: ExitCode::new(exit, exit.meaning()),
        problem: problem.map(Explained::from),
    });
    exit
}

fn steps(part: &Part) -> impl Iterator<Item = JudgedStep> {
    part.manifest.steps.iter().zip(&part.statuses).map(|(step, status)| judged(step, status))
}

fn judged(step: &Step, status: &Status) -> JudgedStep {
    let (failure, reason) = status.reasons();
    JudgedStep { check: step.check.name, title: step.title.clone(), status: status.name(), failure, reason }
}
