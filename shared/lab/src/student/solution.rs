//! The solution of a lesson, in the place of a student's code.

use std::fs;

use walkdir::WalkDir;

use super::files::{Files, path_in};
use crate::course::{Course, Lesson, Program, stage};
use crate::problem::{Problem, Result};

/// What the solution and the lesson differ in: the code, and what it depends on.
pub const PARTS: [&str; 2] = ["Cargo.toml", "src"];

/// The solution's files, as files of the lesson.
///
/// # Errors
///
/// When one cannot be read, or this copy has no solutions.
pub fn files(course: &Course, lesson: &Lesson) -> Result<Files> {
    if !course.has_solutions() {
        return Err(stage::without_solution(course.root(), lesson));
    }
    let [own, solution] = Program::both(lesson);
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
