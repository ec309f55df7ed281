//! The entries: wrong variants of the solutions, each of which one check has to reject.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use course::programs::{self, Entry};
use instructor::variants::Edit;
use serde::Deserialize;

/// In the place of a check: the app has to end when it starts, and to say why.
pub(crate) const START: &str = "start";

/// What a student may get wrong.
pub(crate) type Mistake = Entry<Written>;

/// An entry, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// What the student did, in a sentence.
    pub(crate) mistake: String,
    /// The check that has to reject it, such as `cart-additions`, or [`START`].
    pub(crate) check: String,
    /// Whether nothing else may keep the machine busy, since the check looks at how busy it is.
    #[serde(default)]
    pub(crate) alone: bool,
    /// Whether chance decides in which of its forms it shows first: which signal, which session, which of several scrapes.
    /// Then what was expected and seen is not held against a snapshot, but only what to change, the cause and the reason.
    #[serde(default)]
    pub(crate) varies: bool,
    /// How it differs from the solution.
    pub(crate) edits: Vec<Edit>,
}

/// All entries, in the order of lessons and names.
pub(crate) fn read() -> Result<Vec<Mistake>> {
    let mistakes: Vec<Mistake> = programs::read(&folder())?;
    for Mistake { lesson, written, .. } in &mistakes {
        let exists = written.check == START || checks::lessons::find(lesson, &written.check).is_some();
        ensure!(exists, "{lesson} has no check {}", written.check);
    }
    Ok(mistakes)
}

/// Where the entries and their snapshots are, in a folder for each lesson.
pub(crate) fn folder() -> PathBuf {
    course::path("shared/course/mistakes")
}
