//! What is wrong with a page.

use std::collections::HashMap;
use std::ops::Range;

use checks::Failure;
use checks::exposition::{Family, Format, Page};
use checks::lint::{self, Problem};
use checks::subject::served::{Served, Unreadable};

use crate::problem::Exit;

/// The most characters of a line that are shown.
const LONGEST_LINE: usize = 160;

/// What is wrong with a page, in the order of its lines.
#[derive(Debug)]
pub struct Findings {
    /// What the page holds; none if Prometheus cannot read it.
    pub contents: Option<Contents>,
    /// All of it.
    pub all: Vec<Finding>,
}

/// What a page holds.
#[derive(Debug)]
pub struct Contents {
    /// Its format.
    pub format: Format,
    /// How many metrics.
    pub families: usize,
    /// How many series of all of them.
    pub series: usize,
}

/// Something that is wrong.
#[derive(Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Such as `counter-without-total`.
    pub rule: &'static str,
    /// Whether Prometheus's own tool has this rule, too; for names alone.
    pub promtool: Option<bool>,
    /// The family that it is about.
    pub metric: Option<String>,
    /// Where it shows.
    pub line: Option<Line>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// Which mistake that usually is, of what cannot be read.
    pub cause: Option<String>,
}

/// A line of the page, or the piece of a long one that matters.
#[derive(Debug, Clone)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// What it says.
    pub text: String,
    /// The bytes that are wrong.
    pub place: Option<Range<usize>>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Prometheus, or another scraper, cannot read the page.
    Error,
    /// A name, a type or a help text breaks a rule.
    Problem,
    /// So does one that a well-known library brings along: worth knowing, and nobody's mistake.
    Advice,
}

impl Severity {
    /// Its name, for a tool.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Problem => "problem",
            Self::Advice => "advice",
        }
    }
}

impl Findings {
    /// Looks at what came.
    pub fn of(served: &Served) -> Self {
        let mut all: Vec<_> =
            served.wrong_content_type().map(|error| content_type(&error.to_string())).into_iter().collect();
        match served.page() {
            Err(unreadable) => {
                all.push(Finding::from(unreadable));
                Self { contents: None, all }
            }
            Ok(page) => {
                all.extend(names(&page, served.text()));
                all.sort_by_key(|finding| finding.line.as_ref().map_or(0, |line| line.number));
                let contents =
                    Contents { format: page.format, families: page.families.len(), series: page.samples().count() };
                Self { contents: Some(contents), all }
            }
        }
    }

    /// How many are so bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.all.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Advice fails nobody.
    pub fn exit(&self) -> Exit {
        if self.all.len() == self.count(Severity::Advice) { Exit::Done } else { Exit::NotDone }
    }
}

fn content_type(error: &str) -> Finding {
    let (message, advice) = split(error);
    Finding {
        severity: Severity::Error,
        rule: "content-type",
        promtool: None,
        metric: None,
        line: None,
        message,
        advice,
        cause: None,
    }
}

impl From<Unreadable> for Finding {
    fn from(unreadable: Unreadable) -> Self {
        let finding = |rule, line, (message, advice), failure: Failure| Self {
            severity: Severity::Error,
            rule,
            promtool: None,
            metric: None,
            line,
            message,
            advice,
            cause: Some(failure.mistake),
        };
        match unreadable {
            Unreadable::Bytes(failure) => {
                finding("bytes", None, (failure.seen.join("; "), failure.change.clone()), *failure)
            }
            Unreadable::NotUtf8(number, text, failure) => {
                let message = "this is not UTF-8 (a \u{fffd} stands for what is none)".to_owned();
                let place = text.find('\u{fffd}').map(|start| start..start + '\u{fffd}'.len_utf8());
                finding("utf-8", Some(Line::new(number, &text, place)), (message, failure.change.clone()), *failure)
            }
            Unreadable::Line(invalid, failure) => {
                let line = Line::new(invalid.line_number, &invalid.line, invalid.place());
                finding("format", Some(line), split(&invalid.violation.to_string()), *failure)
            }
        }
    }
}

fn names(page: &Page, text: &str) -> Vec<Finding> {
    // Metadata lines occur once.
    let numbers: HashMap<_, _> = text.lines().zip(1..).filter(|(line, _)| line.starts_with('#')).collect();
    let findings = page.families.iter().flat_map(|family| {
        let numbers = &numbers;
        lint::lint_family(family).into_iter().map(move |problem| {
            let severity = if problem.is_advice() { Severity::Advice } else { Severity::Problem };
            let line = line_of(family, &problem, numbers);
            let (message, advice) = split(&problem.text);
            Finding {
                severity,
                rule: problem.rule.name(),
                promtool: Some(problem.rule.is_of_promtool()),
                metric: Some(problem.metric),
                line,
                message,
                advice,
                cause: None,
            }
        })
    });
    findings.collect()
}

/// Where a problem shows: at the label, else where the family's type stands, else at its first line.
fn line_of(family: &Family, problem: &Problem, numbers: &HashMap<&str, usize>) -> Option<Line> {
    if let Some(label) = &problem.label {
        let sample = family.samples.iter().find(|sample| sample.label(label).is_some())?;
        let place = sample.line.find(&format!("{label}=")).map(|start| start..start + label.len());
        return Some(Line::new(sample.line_number, &sample.line, place));
    }
    let metadata = family.metadata_lines.iter().find(|line| line.starts_with("# TYPE"));
    let first = || family.samples.first().map(|sample| (sample.line.as_str(), sample.line_number));
    let metadata = metadata.or(family.metadata_lines.first());
    let (line, number) =
        metadata.and_then(|line| Some((line.as_str(), *numbers.get(line.as_str())?))).or_else(first)?;
    // In OpenMetrics, the type's line says the name without its end.
    let names = [family.name.as_str(), family.name.trim_end_matches("_total").trim_end_matches("_info")];
    let start = |name: &str| if line.starts_with('#') { Some(line.find(&format!(" {name} "))? + 1) } else { Some(0) };
    let place = names.iter().find_map(|name| start(name).map(|start| start..start + name.len()));
    Some(Line::new(number, line, place))
}

/// What is wrong, and what to do: the rules say both in one sentence.
fn split(text: &str) -> (String, String) {
    match text.split_once(": ") {
        Some((message, advice)) => (message.to_owned(), advice.to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

impl Line {
    fn new(number: usize, text: &str, place: Option<Range<usize>>) -> Self {
        let start = place.as_ref().map_or(0, |place| place.start);
        // Of a long line, what stands before the place, and then as much as there is room for.
        let is_long = text.chars().count() > LONGEST_LINE;
        let from = if is_long { text.floor_char_boundary(start.saturating_sub(LONGEST_LINE / 2)) } else { 0 };
        let mut shown: String = text[from..].chars().take(LONGEST_LINE).collect();
        let end = from + shown.len();
        if end < text.len() {
            shown.push_str(" ...");
        }
        let place = place.map(|place| place.start - from..place.end.min(end) - from);
        Self { number, text: shown, place }
    }
}
