//! What comes out of a check, and how it says so: a verdict, or a failure in plain words.

use std::fmt;

/// What came out of a check.
#[derive(Debug)]
pub enum Verdict {
    /// The app shows what it must.
    Passed,
    /// It does not, and this is why.
    Failed(Box<Failure>),
    /// The check could not be made, for this reason. That is not a pass.
    NotRun(String),
}

/// Why an app does not pass, in the words of a patient colleague.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// What to change: one sentence.
    pub change: String,
    /// What the check expected to see.
    pub expected: String,
    /// What it saw: lines of the page, or an answer.
    pub seen: Vec<String>,
    /// Which mistake that usually is.
    pub mistake: String,
    /// Why it matters in production.
    pub why: String,
}

/// How a check ends: `Ok` is a pass.
pub(crate) type Outcome<T = ()> = Result<T, Stop>;

/// Why a check ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Box<Failure>),
    NotRun(String),
}

impl Stop {
    /// The check cannot be made, and this is why.
    pub(crate) fn not_run(reason: impl fmt::Display) -> Self {
        Self::NotRun(reason.to_string())
    }
}

impl Failure {
    /// Begins with what to change: one sentence.
    pub(crate) fn change(text: impl Into<String>) -> Self {
        Self { change: text.into(), ..Self::default() }
    }

    pub(crate) fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = text.into();
        self
    }

    /// As many lines as take [`MAX_SEEN`] rows, so that an explanation fits on a screen. Where there are more, the series
    /// that are most like the expected one are among them.
    pub(crate) fn seen<L: Into<String>>(mut self, lines: impl IntoIterator<Item = L>) -> Self {
        let lines: Vec<String> = lines.into_iter().map(Into::into).collect();
        let shown = most_important(&lines, &self.expected);
        let rest = lines.len() - shown.len();
        self.seen.extend(shown.into_iter().filter_map(|index| lines.get(index).cloned()));
        if rest > 0 {
            self.seen.push(format!("... and {rest} more"));
        }
        self
    }

    pub(crate) fn mistake(mut self, text: impl Into<String>) -> Self {
        self.mistake = text.into();
        self
    }

    pub(crate) fn why(mut self, text: impl Into<String>) -> Self {
        self.why = text.into();
        self
    }

    /// Ends the check.
    pub(crate) fn stop<T>(self) -> Outcome<T> {
        Err(Stop::Failed(Box::new(self)))
    }
}

/// The most rows of a terminal that the lines of a page take in an explanation.
const MAX_SEEN: usize = 8;
/// What fits into a row of 80 columns, beside the indent.
const ROW: usize = 76;

/// Which lines are shown, in their order.
fn most_important(lines: &[String], expected: &str) -> Vec<usize> {
    let name = expected.split(['{', ' ']).next().unwrap_or_default();
    let likeness = |line: &str| {
        let common = line.chars().zip(expected.chars()).take_while(|(one, other)| one == other).count();
        // What is no series of that name is never less than one that is.
        if line.starts_with(name) && name.contains('_') { common } else { usize::MAX }
    };
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(likeness(&lines[*index])));
    let mut rows = 0;
    order.retain(|index| {
        rows += rows_of(&lines[*index]);
        rows <= MAX_SEEN
    });
    order.sort_unstable();
    order
}

/// Without the value, whose length differs from scrape to scrape.
fn rows_of(line: &str) -> usize {
    let series = line.rsplit_once(' ').map_or(line, |(series, _)| series);
    series.chars().count().div_ceil(ROW).max(1)
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.change)?;
        writeln!(formatter, "\nExpected:\n  {}", self.expected)?;
        writeln!(formatter, "\nSeen:")?;
        for line in &self.seen {
            writeln!(formatter, "  {line}")?;
        }
        writeln!(formatter, "\nWhat this usually is:\n  {}", self.mistake)?;
        write!(formatter, "\nWhy it matters:\n  {}", self.why)
    }
}
