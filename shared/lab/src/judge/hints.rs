//! Help for the step that is open, one hint at a time.

use crate::course::manifest::{Manifest, Step};
use crate::student::progress::{Failed, Progress};

/// Help for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// What is to be done.
    pub title: String,
    /// How the step failed in the last check, if it did.
    pub failed: Option<Failed>,
    /// The number of the first hint that is shown, from 1.
    pub first: usize,
    /// The hints that are shown.
    pub hints: Vec<String>,
    /// How many hints the step has.
    pub total: usize,
}

/// One more hint for the open step; the last one again when all were shown. None if the lesson is done.
pub fn next(manifest: &Manifest, progress: &mut Progress) -> Option<Help> {
    let step = progress.open_step(manifest)?;
    let total = step.hints.len();
    let shown = progress.hints.entry(step.check.name.to_owned()).or_default();
    *shown = (*shown + 1).min(total);
    let number = *shown;
    Some(help(step, progress, number.max(1), number))
}

/// All hints for the open step. None if the lesson is done.
pub fn all(manifest: &Manifest, progress: &mut Progress) -> Option<Help> {
    let step = progress.open_step(manifest)?;
    let total = step.hints.len();
    progress.hints.insert(step.check.name.to_owned(), total);
    Some(help(step, progress, 1, total))
}

/// The hints from the one of number `first` to that of number `last`.
fn help(step: &Step, progress: &Progress, first: usize, last: usize) -> Help {
    Help {
        title: step.title.clone(),
        failed: progress.failure(step).cloned(),
        first,
        hints: step.hints.iter().take(last).skip(first - 1).cloned().collect(),
        total: step.hints.len(),
    }
}
