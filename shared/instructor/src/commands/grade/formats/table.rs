//! A few lines for each submission, and what stands in the way of most.

use lab::screen::report::{ASIDE, BAD, GOOD, HEADING, UNKNOWN, styled, wrapped};

use crate::commands::grade::report::{Graded, LessonOfClass, Report};
use crate::commands::grade::similarity::{Lines, Pair};

/// How many of the reasons of a step are shown.
const MOST_REASONS: usize = 3;
/// How many pairs are shown.
const MOST_PAIRS: usize = 10;
/// How much of git's id is shown: enough to tell two apart.
const ID: usize = 12;

pub(super) fn write(report: &Report) -> String {
    let mut lines = Vec::new();
    lines.extend(report.students.iter().flat_map(student));
    for lesson in &report.lessons {
        lines.extend(of_class(lesson));
    }
    if !report.similar.is_empty() {
        lines.push(format!("\n{}", styled(HEADING, "They share more than the starter and the solution explain")));
        lines.push(wrapped("  ", "A hint for a talk, and no verdict."));
        lines.extend(report.similar.iter().take(MOST_PAIRS).map(pair));
    }
    lines.push(format!("\n{}", wrapped("Isolation: ", &format!("{}.", report.isolation))));
    lines.join("\n")
}

fn student(student: &Graded) -> Vec<String> {
    let style = match student.points {
        _ if student.problem.is_some() => UNKNOWN,
        points if points == student.of => GOOD,
        _ => BAD,
    };
    let points = styled(style, format!("{:>3} of {}", student.points, student.of));
    let tree = student.tree.get(..ID).unwrap_or_default();
    let mut lines = vec![format!("{points}  {}  {}", student.name, styled(ASIDE, format!("{} {tree}", student.kind)))];
    let parts = student.lessons.iter().map(|lesson| {
        let known = lesson.judged_before.as_ref().map(|at| format!(", judged {at}")).unwrap_or_default();
        let time = if lesson.seconds > 0.0 { format!(" ({:.0} s{known})", lesson.seconds) } else { String::new() };
        format!("{} {} of {}{time}", lesson.name, lesson.points, lesson.of)
    });
    lines.push(wrapped("    ", &parts.collect::<Vec<_>>().join(", ")));
    lines.extend(student.first_reason().map(|reason| wrapped("    ", &reason)));
    let notes = student.notes.iter().chain(student.lessons.iter().flat_map(|lesson| &lesson.notes));
    lines.extend(notes.map(|note| wrapped("    note: ", note)));
    lines
}

fn of_class(lesson: &LessonOfClass) -> Vec<String> {
    let mut lines = vec![format!("\n{}", styled(HEADING, format!("{}: what stands in the way", lesson.name)))];
    for step in lesson.steps.iter().filter(|step| step.passed < step.of) {
        lines.push(wrapped("  ", &format!("{} of {} have done: {}", step.passed, step.of, step.title)));
        for (reason, count) in step.reasons.iter().take(MOST_REASONS) {
            lines.push(wrapped("    ", &format!("{count} of {}: {reason}", step.of)));
        }
        if let Some(others) = step.reasons.get(MOST_REASONS..).filter(|others| !others.is_empty()) {
            lines.push(format!("    and {} more", others.len()));
        }
    }
    if lesson.steps.iter().all(|step| step.of == 0) {
        lines.push("  Nobody has handed it in.".to_owned());
    } else if lines.len() == 1 {
        lines.push("  Nothing: all steps are done by all.".to_owned());
    }
    lines
}

fn pair(pair: &Pair) -> String {
    let [one, other] = [0, 1].map(|index| format!("{} ({})", pair.students[index], places(&pair.places[index])));
    wrapped("  ", &format!("{}: {one} and {other}", pair.lesson))
}

/// Such as `src/api.rs:10-24`.
pub(super) fn places(lines: &[Lines]) -> String {
    let places = lines.iter().map(|lines| format!("{}:{}-{}", lines.file, lines.first, lines.last));
    places.collect::<Vec<_>>().join(", ")
}
