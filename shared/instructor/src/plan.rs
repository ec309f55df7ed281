//! The plan of a class, in the guide for instructors, has the minutes that each lesson's `lesson.toml` gives.

use std::fs;

use anyhow::{Context, Result, anyhow};
use lab::course::Course;
use lab::course::manifest::Manifest;

/// Where the table is, between two marks.
const GUIDE: &str = "docs/src/instructor.md";
const BEGIN: &str = "<!-- minutes: begin -->";
const END: &str = "<!-- minutes: end -->";

/// The lessons whose minutes are others in the plan, or that are missing there.
///
/// # Errors
///
/// When the guide or a lesson cannot be read.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    let text = fs::read_to_string(course.root().join(GUIDE)).with_context(|| format!("cannot read {GUIDE}"))?;
    let table = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(table, _)| table);
    let table = table.with_context(|| format!("{GUIDE} has no table between {BEGIN} and {END}"))?;
    let mut faults = Vec::new();
    for lesson in course.lessons() {
        let manifest = Manifest::read(course, lesson).map_err(|problem| anyhow!("{}", problem.message))?;
        let row = format!("| `{}` | {} |", lesson.name(), manifest.minutes);
        if !table.lines().any(|line| line.starts_with(&row)) {
            faults.push(format!("{GUIDE} has no row that begins with {row}"));
        }
    }
    Ok(faults)
}
