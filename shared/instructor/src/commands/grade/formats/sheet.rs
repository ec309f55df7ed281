//! A row for each step of each submission, for a spreadsheet.

use crate::commands::grade::report::{Graded, GradedLesson, GradedStep, Report, Status};

/// What begins a formula in a spreadsheet, which would run what a student has written.
const BEGIN_OF_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

const HEADINGS: [&str; 11] =
    ["student", "tree", "lesson", "step", "title", "status", "points", "of", "seconds", "explanation", "notes"];

pub(super) fn write(report: &Report) -> Result<String, Box<dyn std::error::Error>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(HEADINGS)?;
    for student in &report.students {
        for lesson in &student.lessons {
            for step in &lesson.steps {
                sheet.write_record(row(student, lesson, step).map(|cell| harmless(&cell)))?;
            }
        }
    }
    Ok(String::from_utf8(sheet.into_inner()?)?)
}

fn row(student: &Graded, lesson: &GradedLesson, step: &GradedStep) -> [String; HEADINGS.len()] {
    let trouble = lesson.trouble.as_ref().map(|trouble| trouble.words());
    let explanation = step.explanation.as_ref().map(|explanation| explanation.change.clone());
    let words = explanation.or_else(|| step.reason.clone()).or(trouble).or_else(|| student.problem.clone());
    let words = words.filter(|_| step.status != Status::Passed).unwrap_or_default();
    let notes: Vec<_> = student.notes.iter().chain(&lesson.notes).map(String::as_str).collect();
    [
        student.name.clone(),
        student.tree.clone(),
        lesson.name.clone(),
        step.check.clone(),
        step.title.clone(),
        status(step.status).to_owned(),
        step.points.to_string(),
        step.of.to_string(),
        step.seconds.map(|seconds| format!("{seconds:.1}")).unwrap_or_default(),
        words,
        notes.join("; "),
    ]
}

/// A cell that a spreadsheet shows, and does not compute.
fn harmless(cell: &str) -> String {
    if cell.starts_with(BEGIN_OF_FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

/// A status in words.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::NotCounted => "not counted",
        Status::NotJudged => "not judged",
    }
}
