//! The alerts that the course comes with.

use std::fs;

use super::Course;

/// Their folder.
pub const FOLDER: &str = "prometheus/rules";

/// Their names, in the order of files and lines. A file that cannot be read has none.
pub fn names(course: &Course) -> Vec<String> {
    let entries = fs::read_dir(course.root().join(FOLDER)).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.sort();
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let names = texts.flat_map(|text| {
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}
