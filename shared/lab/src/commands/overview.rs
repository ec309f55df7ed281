//! `cargo lab`: where to begin.

use crate::course::Course;
use crate::manifest::Manifest;
use crate::problem::{Exit, Result};
use crate::report::{self, ASIDE, HEADING, styled};

/// Lists the lessons, and names the commands to begin with.
///
/// # Errors
///
/// When the lessons cannot be read.
pub fn run(course: &Course) -> Result<Exit> {
    let manifests: Result<Vec<_>> = course.lessons().iter().map(|lesson| Manifest::read(course, lesson)).collect();
    report::line(styled(HEADING, "A shop without metrics, and what each lesson adds to it"));
    for (lesson, manifest) in course.lessons().iter().zip(manifests?) {
        let minutes = styled(ASIDE, format!("({} minutes)", manifest.minutes));
        report::line(format!("  {}  {} {minutes}", lesson.number(), manifest.title));
        report::line(report::wrapped("      ", &manifest.question));
    }
    let first = course.first()?;
    let number = first.number();
    report::section("Begin here", &format!("Read lessons/{}/README.md, then:", first.name()));
    report::line(format!("  cargo lab run {number}      open the shop at http://127.0.0.1:8000"));
    report::line(format!("  cargo lab check {number}    see what is done, and what is still missing"));
    Ok(Exit::Done)
}
