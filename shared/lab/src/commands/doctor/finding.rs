//! What was found out about one thing.

use serde::Serialize;

use crate::screen::report::{self, ASIDE, BAD, GOOD, UNKNOWN, styled};

/// What was found out about one thing.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    name: String,
    state: State,
    /// What is there, in words.
    found: String,
    needed_for: &'static str,
    /// Whether no lesson works without it.
    required: bool,
    /// How to get it, or what to do about it; nothing when all is well.
    advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    /// It is there, but may stand in the way, or not be enough.
    Doubtful,
    Missing,
}

impl Finding {
    /// It is there, and as it should be.
    pub(super) fn good(name: impl Into<String>, needed_for: &'static str, found: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Good, found: found.into(), needed_for, required: false, advice: None }
    }

    /// The same, if there is something that one should know.
    pub(super) fn doubtful(self, advice: impl Into<String>) -> Self {
        Self { state: State::Doubtful, advice: Some(advice.into()), ..self }
    }

    /// The same, if it is not there, or of no use.
    pub(super) fn missing(self, advice: impl Into<String>) -> Self {
        Self { state: State::Missing, advice: Some(advice.into()), ..self }
    }

    /// The same, if no lesson works without it.
    pub(super) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Whether no lesson can begin because of this.
    pub(super) fn prevents_all(&self) -> bool {
        self.required && self.state == State::Missing
    }

    pub(super) fn print(&self) {
        let (style, mark) = match self.state {
            State::Good => (GOOD, "✓"),
            State::Doubtful => (UNKNOWN, "!"),
            State::Missing => (BAD, "✗"),
        };
        let needed_for = styled(ASIDE, format!("(for {})", self.needed_for));
        let text = format!("{}: {} {needed_for}", self.name, self.found);
        report::line(report::wrapped(&format!("  {} ", styled(style, mark)), &text));
        if let Some(advice) = &self.advice {
            report::line(report::wrapped("    ", advice));
        }
    }
}
