//! `TODO` comments that are left in a lesson.

use std::fs;

use walkdir::WalkDir;

use super::{Course, Program};

/// Where they are: a file and a line of each, in the folder of the course. A file that cannot be read has none.
pub fn todos(course: &Course, program: &Program) -> Vec<String> {
    let folder = format!("{}/src", program.folder());
    let entries = WalkDir::new(course.root().join(&folder)).sort_by_file_name().into_iter().flatten();
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    let places = files.flat_map(|file| {
        let path = file.path().strip_prefix(course.root()).unwrap_or(file.path()).display().to_string();
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        let has_todo = |(number, line): (usize, &str)| line.contains("TODO").then(|| format!("{path}:{number}"));
        (1..).zip(text.lines()).filter_map(has_todo).collect::<Vec<_>>()
    });
    places.collect()
}
