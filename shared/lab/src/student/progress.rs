//! What is remembered in `.lab/progress.toml`: the steps that are done, what failed last, and the hints that were shown.
//!
//! The file is written to a temporary file first and then renamed, so that it is never half there. A lock lets one
//! run change it at a time. What keeps it from being read or written is no reason to stop: it is a [`Notice`].

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::course::manifest::{Manifest, Step};
use crate::course::{Course, Lesson};
use crate::screen::report;

/// The folder of what the program keeps, in the folder of the course. Git ignores it.
pub const FOLDER: &str = ".lab";
const FILE: &str = "progress.toml";
const BACKUP: &str = "progress.toml.bak";
const LOCK: &str = "lock";
const HEADER: &str = "# What `cargo lab` remembers. Without this file it begins anew.\n\n";

/// What is remembered of the whole course.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The name of the lesson that was checked last.
    pub last: Option<String>,
    /// By the name of the lesson.
    #[serde(default)]
    pub lessons: BTreeMap<String, Progress>,
}

/// What is remembered of a lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The checks that passed in the last run.
    #[serde(default)]
    pub passed: Vec<String>,
    /// What that run ended with, if it was a failure.
    pub failed: Option<Failed>,
    /// How many hints were shown, by the name of the check.
    #[serde(default)]
    pub hints: BTreeMap<String, usize>,
}

/// A failure, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The name of the check.
    pub check: String,
    /// What to change: one sentence.
    pub change: String,
    /// Which mistake that usually is.
    pub mistake: String,
}

/// Something about the file itself that a student should know.
#[derive(Debug)]
pub enum Notice {
    /// It could not be understood, and has another name now.
    SetAside(PathBuf),
    /// It cannot be read or written.
    NotKept(io::Error),
}

/// Where it is remembered.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// That of a copy of the course.
    pub fn of(course: &Course) -> Self {
        Self { folder: course.root().join(FOLDER) }
    }

    /// What is remembered; nothing where that cannot be read.
    pub fn read(&self) -> (State, Option<Notice>) {
        // A folder that takes no lock can still be read.
        let _lock = self.lock();
        self.load()
    }

    /// Changes what is remembered, while no other run does. Returns what it is then, even where it cannot be kept.
    pub fn update(&self, change: impl FnOnce(&mut State)) -> (State, Option<Notice>) {
        let lock = self.lock();
        let (mut state, set_aside) = self.load();
        change(&mut state);
        let kept = lock.and_then(|_held| self.write(&state));
        (state, kept.err().map(Notice::NotKept).or(set_aside))
    }

    /// Waits until no other run has the lock. Whoever drops it gives it back.
    fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let file = File::options().create(true).append(true).open(self.folder.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    fn load(&self) -> (State, Option<Notice>) {
        match self.parse() {
            Ok(state) => (state, None),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Default::default(),
            Err(error) => (State::default(), Some(self.set_aside(error))),
        }
    }

    fn parse(&self) -> io::Result<State> {
        toml::from_str(&fs::read_to_string(self.folder.join(FILE))?).map_err(io::Error::other)
    }

    fn set_aside(&self, unreadable: io::Error) -> Notice {
        let backup = self.folder.join(BACKUP);
        match fs::rename(self.folder.join(FILE), &backup) {
            Ok(()) => Notice::SetAside(backup),
            Err(_) => Notice::NotKept(unreadable),
        }
    }

    fn write(&self, state: &State) -> io::Result<()> {
        let text = toml::to_string(state).map_err(io::Error::other)?;
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(format!("{HEADER}{text}").as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(FILE))?;
        Ok(())
    }
}

impl State {
    /// What is remembered of a lesson.
    pub fn progress(&self, lesson: &Lesson) -> Progress {
        self.lessons.get(lesson.name()).cloned().unwrap_or_default()
    }

    /// Remembers what the last check has shown: the checks that passed, and what it ended with.
    pub fn record(&mut self, lesson: &Lesson, passed: Vec<String>, failed: Option<Failed>) {
        self.last = Some(lesson.name().to_owned());
        let progress = self.lessons.entry(lesson.name().to_owned()).or_default();
        progress.passed = passed;
        progress.failed = failed;
    }

    /// Forgets a lesson.
    pub fn forget(&mut self, lesson: &Lesson) {
        self.lessons.remove(lesson.name());
    }
}

impl Progress {
    /// Whether a step passed in the last check.
    pub fn has_passed(&self, step: &Step) -> bool {
        self.passed.iter().any(|check| check == step.check.name)
    }

    /// How a step failed in the last check, if it did.
    pub fn failure(&self, step: &Step) -> Option<&Failed> {
        self.failed.as_ref().filter(|failed| failed.check == step.check.name)
    }

    /// The first step that is not done; none if the lesson is done.
    pub fn open_step<'a>(&self, manifest: &'a Manifest) -> Option<&'a Step> {
        manifest.steps.iter().find(|step| !self.has_passed(step))
    }

    /// Whether the lesson was ever checked.
    pub fn has_begun(&self) -> bool {
        !self.passed.is_empty() || self.failed.is_some()
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAside(backup) => write!(
                formatter,
                "The record of your progress could not be read. It is {} now, and a new one was begun.",
                backup.display()
            ),
            Self::NotKept(error) => write!(formatter, "Your progress cannot be kept in {FOLDER}: {error}."),
        }
    }
}

/// Tells a student of it, if there is something to tell.
pub fn tell(notice: Option<&Notice>) {
    if let Some(notice) = notice {
        report::warning(&notice.to_string());
    }
}
