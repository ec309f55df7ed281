//! The answer of `cargo lab challenge` for a tool.

use checks::Check;
use serde::Serialize;

use super::judgement::{Judged, Judgement, Tick};
use crate::judge::Status;
use crate::problem::{Exit, Problem};
use crate::screen::answer::{ExitCode, Explained, Why};
use crate::screen::report;

/// The whole answer.
#[derive(Serialize)]
struct Answer {
    /// What was judged: a folder, or URLs.
    subject: String,
    points: Vec<JudgedPoint>,
    /// How many points are ticked.
    ticked: usize,
    /// How many there are of those that were asked for.
    of: usize,
    /// How many checks were left out, since they need an app that they can start themselves.
    left_out: usize,
    /// Whether all points are ticked.
    done: bool,
    exit: ExitCode,
    /// Why there was nothing to judge.
    problem: Option<Explained>,
}

#[derive(Serialize)]
struct JudgedPoint {
    point: &'static str,
    title: &'static str,
    status: &'static str,
    checks: Vec<JudgedCheck>,
}

#[derive(Serialize)]
struct JudgedCheck {
    lesson: &'static str,
    check: &'static str,
    status: &'static str,
    failure: Option<Why>,
    /// Why it could not be judged.
    reason: Option<String>,
}

/// Writes the answer.
pub(super) fn answer(judgement: &Judgement, problem: Option<Problem>) -> Exit {
    let exit = problem.as_ref().map_or_else(|| judgement.exit(), |problem| problem.exit);
    report::json(&Answer {
        subject: judgement.target.to_string(),
        points: judgement.points.iter().map(point).collect(),
        ticked: judgement.done(),
        of: judgement.points.len(),
        left_out: judgement.left_out(),
        done: exit == Exit::Done,
        exit: ExitCode::new(exit, exit.meaning()),
        problem: problem.map(Explained::from),
    });
    exit
}

fn point(judged: &Judged) -> JudgedPoint {
    let status = match judged.tick() {
        Tick::Done => "ticked",
        Tick::Open(_) => "open",
        Tick::NotJudged(_) => "not_judged",
        Tick::NotReached => "not_reached",
    };
    let checks = judged.point.checks().zip(&judged.statuses).map(|(check, status)| checked(check, status));
    JudgedPoint { point: judged.point.name, title: judged.point.title, status, checks: checks.collect() }
}

fn checked(check: &Check, status: &Status) -> JudgedCheck {
    let (failure, reason) = status.reasons();
    JudgedCheck { lesson: check.lesson, check: check.name, status: status.name(), failure, reason }
}
