//! The answer of `cargo lab lint` for a tool. `docs/src/instructor.md` describes it.

use checks::exposition::Format;
use serde::Serialize;

use crate::judge::findings::{Finding, Findings, Severity};
use crate::machine::any_page::Place;
use crate::problem::{Exit, Result};
use crate::screen::answer::{ExitCode, Explained};
use crate::screen::report;

/// The whole answer.
#[derive(Serialize)]
struct Answer {
    /// Where the page is; of a URL, host and port.
    page: String,
    /// `text` or `openmetrics`; none if the page cannot be read.
    format: Option<&'static str>,
    families: Option<usize>,
    series: Option<usize>,
    findings: Vec<Found>,
    /// Whether there is nothing but advice.
    clean: bool,
    exit: ExitCode,
    /// Why there was nothing to look at.
    problem: Option<Explained>,
}

#[derive(Serialize)]
struct Found {
    severity: &'static str,
    rule: &'static str,
    /// Whether `promtool check metrics` has this rule, too; for names alone.
    promtool: Option<bool>,
    line: Option<usize>,
    metric: Option<String>,
    message: String,
    advice: String,
    /// Which mistake that usually is; for errors alone.
    cause: Option<String>,
}

/// Writes the answer.
pub(super) fn answer(place: &Place, found: Result<Findings>) -> Exit {
    let (findings, problem) = match found {
        Ok(findings) => (findings, None),
        Err(problem) => (Findings { contents: None, all: Vec::new() }, Some(problem)),
    };
    let exit = problem.as_ref().map_or_else(|| findings.exit(), |problem| problem.exit);
    let contents = findings.contents.as_ref();
    report::json(&Answer {
        page: place.to_string(),
        format: contents.map(|contents| match contents.format {
            Format::Text => "text",
            Format::OpenMetrics => "openmetrics",
        }),
        families: contents.map(|contents| contents.families),
        series: contents.map(|contents| contents.series),
        clean: exit == Exit::Done,
        findings: findings.all.into_iter().map(Found::from).collect(),
        exit: ExitCode::new(exit, meaning(exit)),
        problem: problem.map(Explained::from),
    });
    exit
}

fn meaning(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "clean",
        Exit::NotDone => "problems",
        Exit::Usage => "typed wrongly",
        _ => "could not be read",
    }
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        let Finding { severity, rule, promtool, metric, line, message, advice, cause } = finding;
        let severity = Severity::name(severity);
        Self { severity, rule, promtool, line: line.map(|line| line.number), metric, message, advice, cause }
    }
}
