//! How much a student writes: the lines that a solution adds to the code of its starter.

use std::collections::BTreeSet;

use anyhow::Result;
use lab::course::{Course, Lesson, Program};
use similar::{ChangeTag, TextDiff};

use crate::starters::files;
use crate::texts;

/// Where the table of lines is.
const TABLE: &str = "docs/src/measurements.md";

/// A line of the table.
struct Row<'a> {
    lesson: &'a str,
    lines: usize,
    at_most: usize,
}

/// Where docs/src/measurements.md does not say how many lines a student writes, or a student writes more than it allows.
///
/// # Errors
///
/// When the table or a lesson cannot be read.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    let table = texts::marked(course.root(), TABLE, "lines")?;
    let rows: Vec<_> = table.lines().filter_map(Row::read).collect();
    let mut faults = Vec::new();
    for lesson in course.lessons() {
        let lines = added(course, lesson)?;
        match rows.iter().find(|row| row.lesson == lesson.name()) {
            None => faults.push(format!("{TABLE} has no row for {}", lesson.name())),
            Some(row) if row.lines != lines => {
                faults.push(format!("{}: {lines} lines, but {TABLE} says {}", lesson.name(), row.lines));
            }
            Some(row) if lines > row.at_most => {
                faults.push(format!("{}: {lines} lines, but {TABLE} allows {}", lesson.name(), row.at_most));
            }
            Some(_) => {}
        }
    }
    Ok(faults)
}

impl<'a> Row<'a> {
    /// A row of four cells: the lesson, the target, the lines, and how many there may be.
    fn read(line: &'a str) -> Option<Self> {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [lesson, _, lines, at_most] = cells[..] else { return None };
        Some(Self { lesson, lines: lines.parse().ok()?, at_most: at_most.parse().ok()? })
    }
}

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
