//! The texts of the course: where its links lead, and whether its commands and queries can be typed as they stand there.

pub mod commands;
pub mod links;
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

fn is_ours(entry: &DirEntry) -> bool {
    !NOT_OURS.iter().any(|name| entry.file_name() == *name)
}

fn read(root: &Path, path: &Path) -> Result<Text> {
    let content = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Text { path: path.strip_prefix(root)?.to_owned(), content })
}
