//! How much a student writes: the lines that a solution adds to the code of its starter.

use std::collections::BTreeSet;

use anyhow::Result;
use lab::course::{Course, Lesson, Program};
use similar::{ChangeTag, TextDiff};

use crate::starters::files;

/// The lines that a lesson's solution adds to `src`: the sum of the first column of
/// `git diff --no-index --numstat lessons/NN/src solutions/NN/src`.
///
/// # Errors
///
/// When a file cannot be read.
pub fn added(course: &Course, lesson: &Lesson) -> Result<usize> {
    let [starter, solution] = Program::both(lesson);
    let starter = files(course.root(), &starter, "src")?;
    let solution = files(course.root(), &solution, "src")?;
    let paths: BTreeSet<_> = starter.keys().chain(solution.keys()).collect();
    let texts =
        paths.into_iter().map(|path| [&starter, &solution].map(|files| files.get(path).map_or("", String::as_str)));
    Ok(texts.map(|[before, after]| added_lines(before, after)).sum())
}

fn added_lines(before: &str, after: &str) -> usize {
    let diff = TextDiff::from_lines(before, after);
    diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert).count()
}
