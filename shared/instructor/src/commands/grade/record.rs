//! What is known of a lesson that was judged, and kept, so that a run that was broken off goes on where it was.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use lab::problem::{Problem, Result};
use serde::{Deserialize, Serialize};

use super::protocol::{Event, Outcome};

/// What came out of judging a lesson.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// The checks that were made, in their order, and after how many seconds each was.
    pub(super) checks: Vec<(String, Outcome, f64)>,
    /// Why there are not more of them.
    pub(super) trouble: Option<Trouble>,
    /// How many seconds the build took.
    pub(super) build_seconds: f64,
    /// How many seconds all of it took.
    pub(super) seconds: f64,
    /// How many it was given.
    pub(super) timeout_seconds: u64,
    /// What kept it in.
    pub(super) isolation: String,
    /// When that was, such as `2026-11-26T08:00:00Z`.
    pub(super) at: String,
}

/// Why a lesson was not judged to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "words")]
pub(super) enum Trouble {
    NotCompiled(String),
    NotStarted(String),
    /// It was stopped, since its time was over.
    OutOfTime(String),
    /// It was stopped, since it took too much.
    Stopped(String),
    /// The judge lacks something, or broke. That may not be the student's fault.
    NotJudged(String),
}

impl Record {
    /// Adds what a judge tells, so many seconds after it was started.
    pub(super) fn add(&mut self, event: Event, seconds: f64) {
        match event {
            Event::Confined | Event::Ended => {}
            Event::Compiled => self.build_seconds = seconds,
            Event::Judged { check, outcome } => self.checks.push((check, outcome, seconds)),
            Event::NotCompiled(words) => self.trouble = Some(Trouble::NotCompiled(words)),
            Event::NotStarted(words) => self.trouble = Some(Trouble::NotStarted(words)),
            Event::Stopped(words) => self.trouble = Some(Trouble::Stopped(words)),
            Event::Unable(words) => self.trouble = Some(Trouble::NotJudged(words)),
        }
    }

    /// Whether the same would come out of judging it again, with so many seconds.
    fn stands(&self, timeout_seconds: u64) -> bool {
        match self.trouble {
            Some(Trouble::NotJudged(_)) => false,
            Some(Trouble::OutOfTime(_)) => timeout_seconds <= self.timeout_seconds,
            _ => !self.checks.iter().any(|(_, outcome, _)| matches!(outcome, Outcome::NotJudged(_))),
        }
    }
}

impl Trouble {
    /// In the words of a report.
    pub(super) fn words(&self) -> String {
        match self {
            Self::NotCompiled(words) => format!("It does not compile:\n{words}"),
            Self::NotStarted(words) | Self::OutOfTime(words) | Self::Stopped(words) => words.clone(),
            Self::NotJudged(words) => format!("It could not be judged, which need not be the student's fault: {words}"),
        }
    }

    /// The same in a line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::NotCompiled(words) => format!("It does not compile: {}", words.lines().next().unwrap_or_default()),
            Self::NotJudged(words) => format!("It could not be judged: {}", words.replace('\n', " ")),
            Self::OutOfTime(words) | Self::Stopped(words) => words.clone(),
            Self::NotStarted(_) => self.title().to_owned(),
        }
    }

    /// The same without what is different for each student.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::NotCompiled(_) => "It does not compile.",
            Self::NotStarted(_) => "It does not start.",
            Self::OutOfTime(_) => "It takes too long.",
            Self::Stopped(_) => "It takes too much memory.",
            Self::NotJudged(_) => "It could not be judged.",
        }
    }
}

/// The folder of records.
#[derive(Debug)]
pub(super) struct Records {
    folder: PathBuf,
    /// The seconds that a lesson is given now.
    timeout_seconds: u64,
    /// Whether all is to be judged anew.
    again: bool,
}

impl Records {
    /// # Errors
    ///
    /// When it cannot be made.
    pub(super) fn open(folder: PathBuf, timeout_seconds: u64, again: bool) -> Result<Self> {
        fs::create_dir_all(&folder).map_err(|error| unwritable(&error))?;
        Ok(Self { folder, timeout_seconds, again })
    }

    /// What is known by this name, unless it is to be judged anew.
    pub(super) fn get(&self, name: &str) -> Option<Record> {
        // What cannot be read is judged again.
        let record: Record = serde_json::from_slice(&fs::read(self.path(name)).ok()?).ok()?;
        (!self.again && record.stands(self.timeout_seconds)).then_some(record)
    }

    /// Keeps a record: all of it or nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn put(&self, name: &str, record: &Record) -> Result<()> {
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(&serde_json::to_vec_pretty(record)?)?;
            file.persist(self.path(name)).map_err(|error| error.error)
        };
        write().map(drop).map_err(|error| unwritable(&error))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }
}

fn unwritable(error: &std::io::Error) -> Problem {
    Problem::new(format!("the grader cannot keep its results in .lab/grades: {error}"))
        .advice("What was judged so far is kept. Make room, and type the same again: it goes on from there.")
}
