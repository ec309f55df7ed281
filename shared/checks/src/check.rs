//! What a check is, and what it says.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::exporter::Exporter;
use crate::job::Job;
use crate::{App, Subject};

/// One thing that a lesson's app must show.
#[derive(Clone, Copy)]
pub struct Check {
    /// The lesson, such as `01-counter`.
    pub lesson: &'static str,
    /// The check's own name, unique in its lesson, such as `cart-additions`.
    pub name: &'static str,
    pub(crate) run: Run,
}

/// What a check looks at, and how it judges that.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// The shop.
    Shop(for<'a> fn(&'a App) -> BoxFuture<'a, Outcome>),
    /// The exporter.
    Exporter(for<'a> fn(&'a Exporter) -> BoxFuture<'a, Outcome>),
    /// The batch job.
    Job(for<'a> fn(&'a Job) -> BoxFuture<'a, Outcome>),
}

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

impl Check {
    /// Runs the check on a subject of its lesson. It may start further programs, and ends them.
    pub async fn run(&self, subject: &Subject) -> Verdict {
        let outcome = match (self.run, subject) {
            (Run::Shop(run), Subject::Shop(app)) => run(app).await,
            (Run::Exporter(run), Subject::Exporter(exporter)) => run(exporter).await,
            (Run::Job(run), Subject::Job(job)) => run(job).await,
            _ => Err(Stop::NotRun("this check wants another kind of program".into())),
        };
        match outcome {
            Ok(()) => Verdict::Passed,
            Err(Stop::Failed(failure)) => Verdict::Failed(failure),
            Err(Stop::NotRun(reason)) => Verdict::NotRun(reason),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.lesson, self.name)
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

    /// As many lines as take [`MAX_SEEN`] rows, so that an explanation fits on a screen.
    pub(crate) fn seen<L: Into<String>>(mut self, lines: impl IntoIterator<Item = L>) -> Self {
        let mut rows = 0;
        let mut rest = 0;
        for line in lines.into_iter().map(Into::into) {
            rows += rows_of(&line);
            if rows <= MAX_SEEN {
                self.seen.push(line);
            } else {
                rest += 1;
            }
        }
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
