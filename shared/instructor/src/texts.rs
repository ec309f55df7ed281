//! The texts of the course: where its links lead, whether its commands and queries can be typed as they stand there, and its
//! other code blocks be read, and whether the metrics that it names are there.

pub mod blocks;
pub mod commands;
pub mod links;
pub mod names;
pub mod queries;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

/// Folders that hold what is made, what others wrote, or what is no text yet.
const NOT_OURS: [&str; 5] = ["target", "node_modules", ".git", ".lab", "templates"];

/// A text in Markdown.
#[derive(Debug)]
pub struct Text {
    /// Where it is, in the folder of the course.
    pub path: PathBuf,
    /// What it says.
    pub content: String,
}

/// All texts of the course.
///
/// # Errors
///
/// When one cannot be read.
pub fn all(root: &Path) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_ours) {
        let entry = entry.context("the folder of the course cannot be read")?;
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|end| end == "md") {
            texts.push(read(root, entry.path())?);
        }
    }
    Ok(texts)
}

/// The text of a lesson. Its solution has the same one.
///
/// # Errors
///
/// When it cannot be read.
pub fn of_lesson(root: &Path, lesson: &str) -> Result<Text> {
    read(root, &root.join("lessons").join(lesson).join("README.md"))
}

/// What stands in a text between the marks of this name: `<!-- name: begin -->` and `<!-- name: end -->`.
///
/// # Errors
///
/// When the text cannot be read, or does not have them.
pub fn marked(root: &Path, path: &str, name: &str) -> Result<String> {
    let text = fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))?;
    let [begin, end] = ["begin", "end"].map(|side| format!("<!-- {name}: {side} -->"));
    let part = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
    part.map(|(part, _)| part.to_owned()).with_context(|| format!("{path} has no table between {begin} and {end}"))
}

fn is_ours(entry: &DirEntry) -> bool {
    !NOT_OURS.iter().any(|name| entry.file_name() == *name)
}

fn read(root: &Path, path: &Path) -> Result<Text> {
    let content = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Text { path: path.strip_prefix(root)?.to_owned(), content })
}
