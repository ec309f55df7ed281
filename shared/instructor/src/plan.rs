//! The plan of a class, in the guide for instructors, has the minutes that each lesson's `lesson.toml` gives.

use anyhow::{Result, anyhow};
use lab::course::Course;
use lab::course::manifest::Manifest;

use crate::texts;

/// Where the table is.
const GUIDE: &str = "docs/src/instructor.md";

/// The lessons whose minutes are others in the plan, or that are missing there.
///
/// # Errors
///
/// When the guide or a lesson cannot be read.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    let table = texts::marked(course.root(), GUIDE, "minutes")?;
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
