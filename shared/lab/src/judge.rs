//! A lesson's program, judged step by step.

pub mod at_url;
pub mod findings;
pub mod hints;

use std::path::PathBuf;
use std::pin::pin;

use anstyle::Style;
use checks::launch::LaunchError;
use checks::services::postgres::Warm;
use checks::subject::StartError;
use checks::{Check, Failure, Subject, Verdict, side_by_side};
use futures_util::{Stream, StreamExt};
use tokio::task::JoinHandle;

use crate::course::manifest::Step;
use crate::course::{Course, Program};
use crate::problem::{Exit, Problem, Result};
use crate::screen::answer::Why;
use crate::screen::report::{ASIDE, BAD, GOOD, UNKNOWN, styled, wrapped};
use crate::screen::{last_words, progress_line};
use crate::student::progress::{Failed, Notice, Store};

/// What is known of a step.
#[derive(Debug)]
pub enum Status {
    /// It is done.
    Passed,
    /// It is not, and this is why.
    Failed(Box<Failure>),
    /// Its check could not be made, for this reason.
    NotJudged(String),
    /// A step before it is not done.
    NotReached,
}

impl Status {
    /// Its name, for a tool.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::NotJudged(_) => "not_judged",
            Self::NotReached => "not_reached",
        }
    }

    /// Why the step is not done, and why it could not be judged, for a tool.
    pub fn reasons(&self) -> (Option<Why>, Option<String>) {
        match self {
            Self::Failed(failure) => (Some(Why::from(failure.as_ref())), None),
            Self::NotJudged(reason) => (None, Some(reason.clone())),
            Self::Passed | Self::NotReached => (None, None),
        }
    }
}

impl From<Verdict> for Status {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Failed(failure) => Self::Failed(failure),
            Verdict::NotRun(reason) => Self::NotJudged(reason),
        }
    }
}

/// Before anything is judged.
pub fn not_reached(steps: &[Step]) -> Vec<Status> {
    steps.iter().map(|_| Status::NotReached).collect()
}

/// What to do after a step that could not be judged. (A failed step always ends it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterUnknown {
    /// Judge the others.
    GoOn,
    /// Leave it there.
    Stop,
}

/// Prepares, while the program is built, what it will start with. That lives as long as what is returned.
pub fn warm_up(program: &Program) -> JoinHandle<Option<Warm>> {
    let lesson = program.lesson.name().to_owned();
    tokio::spawn(async move { Subject::warm_up(&lesson).await })
}

/// Starts the program that was built for a lesson, with all that it needs. It ends with the subject.
///
/// # Errors
///
/// When it does not start.
pub async fn start(program: &Program, executable: PathBuf) -> Result<Subject> {
    Subject::start(program.lesson.name(), executable).await.map_err(|error| match error {
        StartError::Launch(error) => does_not_start(program, error),
        StartError::Database(error) => Problem::new(error.to_string()),
        StartError::Service(error) => Problem::new(error.to_string()),
    })
}

/// Why the program of a lesson does not start, and what to do.
pub fn does_not_start(program: &Program, error: LaunchError) -> Problem {
    let folder = program.folder();
    let cause = error.usual_cause().map(|cause| format!("{cause}\n\n")).unwrap_or_default();
    match error {
        LaunchError::Ended { status, log } => {
            Problem::new(format!("the app of {folder} ends as soon as it starts ({status}). It says:"))
                .quoting(last_words::of(&log))
                .advice(format!("{cause}See it yourself with `cargo lab run {}`.", program.arguments()))
        }
        LaunchError::NotListening { address, log, .. } => {
            let words = last_words::of(&log);
            let says = if words.is_empty() { "It says nothing." } else { "It says:" };
            Problem::new(format!("the app of {folder} runs, but takes no connection at {address}. {says}"))
                .quoting(words)
                .advice("It has to listen where the environment variable LISTEN_ADDR says, at each address between commas. Either it listens elsewhere, at an address that stands in the code, or it waits for something before it comes to that: a lock, a connection, a loop.")
        }
        other => Problem::new(other.to_string()),
    }
}

/// Judges steps in their order, up to the first that is not done, and tells of each as soon as it is judged. Returns
/// a status for each step.
pub async fn steps(
    steps: &[Step],
    subject: &Subject,
    after_unknown: AfterUnknown,
    mut tell: impl FnMut(&Step, &Status),
) -> Vec<Status> {
    let checks = steps.iter().map(|step| step.check);
    let mut verdicts = pin!(side_by_side::run(checks, subject, side_by_side::AT_ONCE));
    let mut statuses = Vec::with_capacity(steps.len());
    for step in steps {
        let status =
            if goes_on(&statuses, after_unknown) { next(step, &mut verdicts).await } else { Status::NotReached };
        tell(step, &status);
        statuses.push(status);
    }
    statuses
}

fn goes_on(statuses: &[Status], after_unknown: AfterUnknown) -> bool {
    match statuses.last() {
        None | Some(Status::Passed) => true,
        Some(Status::NotJudged(_)) => after_unknown == AfterUnknown::GoOn,
        Some(Status::Failed(_) | Status::NotReached) => false,
    }
}

async fn next<'a>(step: &Step, verdicts: &mut (impl Stream<Item = (&'a Check, Verdict)> + Unpin)) -> Status {
    match progress_line::show(step.title.clone(), verdicts.next()).await {
        Some((_, verdict)) => Status::from(verdict),
        None => Status::NotReached,
    }
}

/// What the statuses of all steps come to: done only if each of them is.
pub fn exit<'a>(statuses: impl IntoIterator<Item = &'a Status>) -> Exit {
    let mut exit = Exit::Done;
    for status in statuses {
        match status {
            Status::Passed => {}
            Status::Failed(_) => return Exit::NotDone,
            Status::NotJudged(_) | Status::NotReached => exit = Exit::NotJudged,
        }
    }
    exit
}

/// Remembers what the statuses say of a student's own program. Only that is the student's own progress.
pub fn record(course: &Course, program: &Program, steps: &[Step], statuses: &[Status]) -> Option<Notice> {
    if program.solution {
        return None;
    }
    let judged = || steps.iter().map(|step| step.check.name.to_owned()).zip(statuses);
    let passed = judged().filter(|(_, status)| matches!(status, Status::Passed)).map(|(check, _)| check).collect();
    let failed = judged().find_map(|(check, status)| match status {
        Status::Failed(failure) => {
            Some(Failed { check, change: failure.change.clone(), mistake: failure.mistake.clone() })
        }
        _ => None,
    });
    Store::of(course).update(|state| state.record(&program.lesson, passed, failed)).1
}

/// A step, and what is known of it, for the screen.
pub fn line(step: &Step, status: &Status) -> String {
    let marked = |style: Style, mark: &str| wrapped(&format!("  {} ", styled(style, mark)), &step.title);
    match status {
        Status::Passed => marked(GOOD, "✓"),
        Status::Failed(_) => marked(BAD, "✗"),
        Status::NotReached => marked(ASIDE, "·"),
        Status::NotJudged(reason) => {
            let reason = wrapped("    ", &format!("could not be judged: {reason}"));
            format!("{}\n{reason}", marked(UNKNOWN, "?"))
        }
    }
}
