//! `cargo lab solve`: the solution in the place of a student's code.

use std::fs;

use walkdir::WalkDir;

use crate::arguments::Replacement;
use crate::course::{Course, Lesson, Program};
use crate::problem::{Exit, Problem, Result};
use crate::screen::report;
use crate::student::files::{Files, path_in};
use crate::student::replace::{self, Agreement, Outcome};

/// What the solution and the lesson differ in: the code, and what it depends on.
const PARTS: [&str; 2] = ["Cargo.toml", "src"];

/// Puts the solution's code into the lesson.
///
/// # Errors
///
/// When there is no solution, or the files that are there cannot be replaced.
pub fn run(typed: &Replacement, course: &Course) -> Result<Exit> {
    let lesson = course.lesson(&typed.lesson)?;
    let files = solution_files(course, lesson)?;
    match replace::replace(course, lesson, &PARTS, files, Agreement::Asked(typed.consent))? {
        Outcome::Declined => {
            report::line("Nothing was changed.");
            return Ok(Exit::NotDone);
        }
        Outcome::Same => report::line(format!("lessons/{} has the solution already.", lesson.name())),
        Outcome::Replaced(kept) => {
            report::line(format!("lessons/{} has the solution.", lesson.name()));
            replace::say_where(lesson, kept.as_deref());
            let number = lesson.number();
            let next = format!(
                "Read it, then see what it shows: `cargo lab check {number}`. `cargo lab reset {number}` begins anew."
            );
            report::line(report::wrapped("", &next));
        }
    }
    Ok(Exit::Done)
}

/// The solution's files, as files of the lesson.
fn solution_files(course: &Course, lesson: &Lesson) -> Result<Files> {
    let [own, solution] = [false, true].map(|solution| Program { lesson: lesson.clone(), solution });
    let folder = course.root().join(solution.folder());
    let mut files = Files::new();
    for entry in PARTS.iter().flat_map(|part| WalkDir::new(folder.join(part))) {
        let entry = entry.map_err(|error| missing(lesson, &error.to_string()))?;
        if entry.file_type().is_file() {
            let text = fs::read_to_string(entry.path()).map_err(|error| missing(lesson, &error.to_string()))?;
            let path = format!("{}/{}", own.folder(), path_in(&folder, entry.path()));
            files.insert(path, solution.renamed(&own, &text).into_bytes());
        }
    }
    Ok(files)
}

fn missing(lesson: &Lesson, error: &str) -> Problem {
    let folder = format!("solutions/{}", lesson.name());
    Problem::new(format!("the solution in {folder} cannot be read: {error}")).get_back(&folder)
}
