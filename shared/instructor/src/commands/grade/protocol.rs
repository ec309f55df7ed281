//! What the grader and its judge tell each other. The judge is this program once more, in a sandbox: it reads an
//! assignment from standard input, and writes a line for each event. Nothing that a student wrote has that pipe.

use std::collections::BTreeMap;
use std::path::PathBuf;

use checks::{Failure, Verdict};
use serde::{Deserialize, Serialize};

use super::text;

/// A call of the compiler, as cargo makes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) arguments: Vec<String>,
    pub(super) variables: BTreeMap<String, String>,
}

/// Where things are, for the judge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Places {
    /// The folder that holds `lessons/NN-name`.
    pub(super) course: PathBuf,
    /// The compiled dependencies.
    pub(super) dependencies: PathBuf,
    /// The toolchain.
    pub(super) toolchain: PathBuf,
    /// Where the judge may write.
    pub(super) work: PathBuf,
}

/// How what a student wrote is kept from everything else.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Confinement {
    /// The user that it runs as, if the judge may choose one.
    pub(super) user: Option<u32>,
    /// The most seconds of CPU time of a process.
    pub(super) cpu_seconds: u64,
}

/// What is to be judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Assignment {
    /// The lesson, such as `03-histogram`; none to find out only whether the sandbox holds.
    pub(super) lesson: Option<String>,
    /// The calls that build it: the library's, then the program's.
    pub(super) calls: Vec<Call>,
    pub(super) places: Places,
    /// None without a sandbox.
    pub(super) confinement: Option<Confinement>,
}

/// What the judge tells, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    /// What a student wrote can be kept in.
    Confined,
    /// It is built.
    Compiled,
    /// It does not compile. These are the compiler's words.
    NotCompiled(String),
    /// Its program does not start, for this reason.
    NotStarted(String),
    /// The judge lacks something. That is not the student's fault.
    Unable(String),
    /// A check was made.
    Judged {
        /// Its name.
        check: String,
        /// What came out.
        outcome: Outcome,
    },
    /// It was stopped in the middle, for this reason.
    Stopped(String),
    /// All that was to be done is done.
    Ended,
}

/// What came out of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Passed,
    Failed(Explanation),
    /// The check could not be made, for this reason.
    NotJudged(String),
}

/// Why a step is not done. It quotes what a student's program says, which is made harmless here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Explanation {
    pub(super) change: String,
    pub(super) expected: String,
    pub(super) seen: String,
    pub(super) mistake: String,
    pub(super) why: String,
}

impl From<Failure> for Explanation {
    fn from(failure: Failure) -> Self {
        let [change, expected, mistake, why] =
            [failure.change, failure.expected, failure.mistake, failure.why].map(|words| text::words(&words));
        Self { change, expected, seen: text::words(&failure.seen.join("\n")), mistake, why }
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Failed(failure) => Self::Failed((*failure).into()),
            Verdict::NotRun(reason) => Self::NotJudged(text::words(&reason)),
        }
    }
}
