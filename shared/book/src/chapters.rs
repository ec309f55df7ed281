//! The chapters of the book, and the files that they are made of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// A chapter, as mdBook has it.
pub type Chapter = Map<String, Value>;

/// The folder of the chapters, in that of the course.
pub const SOURCE: &str = "docs/src";

/// A page of the book.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its path in `docs/src`, such as `lessons/01-counter.md`.
    pub path: PathBuf,
    /// The file that it is made of, in the folder of the course: its own one, or that which it includes, such as
    /// `lessons/01-counter/README.md`.
    pub origin: PathBuf,
}

/// All pages of the book, by the files that stand for them.
#[derive(Debug)]
pub struct Chapters(BTreeMap<PathBuf, Page>);

impl Chapters {
    /// Those of a book, as mdBook has it.
    pub fn of(course: &Path, book: &Value) -> Self {
        let mut pages = BTreeMap::new();
        for chapter in list(book) {
            let Some((own, page)) = page(course, chapter) else { continue };
            pages.insert(page.origin.clone(), page.clone());
            pages.insert(own, page);
        }
        Self(pages)
    }

    /// The page that a file of the course is, or the README of a folder.
    pub fn of_file(&self, file: &Path) -> Option<&Page> {
        self.0.get(file).or_else(|| self.0.get(&file.join("README.md")))
    }

    /// The page of a chapter. None for one that has no text yet.
    pub fn page(&self, chapter: &Chapter) -> Option<&Page> {
        self.0.get(&own_file(chapter)?)
    }
}

impl Page {
    /// What stands in the file.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn text(&self, course: &Path, chapter: &Chapter) -> Result<String> {
        if self.origin == Path::new(SOURCE).join(&self.path) {
            return Ok(content(chapter).to_owned());
        }
        fs::read_to_string(course.join(&self.origin)).with_context(|| format!("cannot read {}", self.origin.display()))
    }
}

/// Does something with each chapter, in the order of the book.
///
/// # Errors
///
/// The first one of what is done.
pub fn for_each(book: &mut Value, then: &mut impl FnMut(&mut Chapter) -> Result<()>) -> Result<()> {
    match book {
        Value::Array(items) => items.iter_mut().try_for_each(|item| for_each(item, then)),
        Value::Object(fields) => {
            if let Some(Value::Object(chapter)) = fields.get_mut("Chapter") {
                then(chapter)?;
            }
            fields.values_mut().try_for_each(|value| for_each(value, then))
        }
        _ => Ok(()),
    }
}

/// A path that goes up and down, in the folder where it begins. None if it leads out of that.
pub fn normalized(path: &Path) -> Option<PathBuf> {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => whole.pop().then_some(())?,
            Component::Normal(name) => whole.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(whole)
}

fn list(book: &Value) -> Vec<&Chapter> {
    match book {
        Value::Array(items) => items.iter().flat_map(list).collect(),
        Value::Object(fields) => {
            let here = fields.get("Chapter").and_then(Value::as_object);
            here.into_iter().chain(fields.values().flat_map(list)).collect()
        }
        _ => Vec::new(),
    }
}

fn page(course: &Path, chapter: &Chapter) -> Option<(PathBuf, Page)> {
    let own = own_file(chapter)?;
    let path = own.strip_prefix(SOURCE).ok()?.to_owned();
    let origin = included(&own, content(chapter)).filter(|file| course.join(file).is_file());
    Some((own.clone(), Page { path, origin: origin.unwrap_or(own) }))
}

fn own_file(chapter: &Chapter) -> Option<PathBuf> {
    Some(Path::new(SOURCE).join(chapter.get("source_path")?.as_str()?))
}

fn content(chapter: &Chapter) -> &str {
    chapter.get("content").and_then(Value::as_str).unwrap_or_default()
}

/// The file that makes up a whole chapter: `{{#include ../../../lessons/01-counter/README.md}}` and nothing else.
fn included(own: &Path, content: &str) -> Option<PathBuf> {
    let path = content.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
    normalized(&own.parent()?.join(path.trim()))
}
