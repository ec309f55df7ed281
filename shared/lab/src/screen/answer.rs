//! What the answers for tools have in common.

use checks::Failure;
use serde::Serialize;

use crate::problem::{Exit, Problem};

/// How a command ends.
#[derive(Debug, Serialize)]
pub struct ExitCode {
    code: u8,
    meaning: &'static str,
}

impl ExitCode {
    /// An exit, with the words of the command for it.
    pub fn new(exit: Exit, meaning: &'static str) -> Self {
        Self { code: exit.code(), meaning }
    }
}

/// What kept a command from its work.
#[derive(Debug, Serialize)]
pub struct Explained {
    message: String,
    quoted: String,
    advice: String,
}

impl From<Problem> for Explained {
    fn from(Problem { message, quoted, advice, .. }: Problem) -> Self {
        Self { message, quoted, advice }
    }
}

/// Why an app does not pass a check.
#[derive(Debug, Serialize)]
pub struct Why {
    change: String,
    expected: String,
    seen: Vec<String>,
    mistake: String,
    why: String,
}

impl From<&Failure> for Why {
    fn from(failure: &Failure) -> Self {
        let Failure { change, expected, seen, mistake, why } = failure.clone();
        Self { change, expected, seen, mistake, why }
    }
}
