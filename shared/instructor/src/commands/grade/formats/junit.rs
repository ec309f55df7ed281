//! JUnit's XML, for CI: a suite for each submission, and a case for each step.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Xml, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::commands::grade::protocol::Explanation;
use crate::commands::grade::report::{Graded, GradedLesson, GradedStep, Report, State, Status};

pub(super) fn write(report: &Report) -> Result<String, SerializeError> {
    let mut xml = Xml::new("cargo lab grade");
    for student in &report.students {
        xml.add_test_suite(suite(student));
    }
    xml.to_string()
}

fn suite(student: &Graded) -> TestSuite {
    let mut suite = TestSuite::new(student.name.as_str());
    suite.add_property(("tree", student.tree.as_str()));
    suite.add_property(("points", student.points.to_string().as_str()));
    suite.add_property(("of", student.of.to_string().as_str()));
    for note in student.notes.iter().chain(student.lessons.iter().flat_map(|lesson| &lesson.notes)) {
        suite.add_property(("note", note.as_str()));
    }
    let seconds = student.lessons.iter().map(|lesson| lesson.seconds).sum();
    suite.set_time(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    for lesson in &student.lessons {
        for step in &lesson.steps {
            suite.add_test_case(case(student, lesson, step));
        }
    }
    suite
}

fn case(student: &Graded, lesson: &GradedLesson, step: &GradedStep) -> TestCase {
    let status = match step.status {
        Status::Passed => TestCaseStatus::success(),
        Status::Failed => failure(step.explanation.as_ref()),
        Status::NotCounted | Status::NotJudged => {
            let trouble = lesson.trouble.as_ref().map(|trouble| trouble.words());
            let words = student.problem.clone().or_else(|| step.reason.clone()).or(trouble);
            let words = words.unwrap_or_else(|| match lesson.state {
                State::Missing => "It was not handed in.".to_owned(),
                _ => "It is as it was handed out.".to_owned(),
            });
            // What counts nothing is no success, and a tool must not take it for one.
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(words);
            status
        }
    };
    let mut case = TestCase::new(step.title.as_str(), status);
    case.set_classname(format!("{}.{}", lesson.name, step.check));
    case.set_time(Duration::try_from_secs_f64(step.seconds.unwrap_or_default()).unwrap_or_default());
    case
}

fn failure(explanation: Option<&Explanation>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    if let Some(Explanation { change, expected, seen, mistake, why }) = explanation {
        status.set_message(change.as_str());
        status.set_description(format!(
            "{change}\n\nExpected:\n{expected}\n\nSeen:\n{seen}\n\nWhat this usually is:\n{mistake}\n\nWhy it matters:\n{why}"
        ));
    }
    status
}
