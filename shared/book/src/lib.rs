//! The book's preprocessor: what is written for the folder of the course becomes a page of the book.
//!
//! mdBook knows of nothing but `docs/src`, and takes each link as it stands there. But a lesson's text is read in its own
//! folder, too, and on a forge: there is one text, and its links lead to files. So here, in the order in which one
//! page goes through them:
//!
//! - [`chapters`]: which file a page is made of: its own, or the one that it includes
//! - [`links`]: where a link of that file leads to in the book
//! - [`markdown`]: the links of a text, replaced
//! - [`picture`]: a picture that is drawn by the page itself, so that it has the colours of the theme
//!
//! mdBook starts the program for each build, and says what it has in JSON:
//! <https://rust-lang.github.io/mdBook/for_developers/preprocessors.html>.

pub mod chapters;
pub mod links;
pub mod markdown;
pub mod picture;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::chapters::Chapters;
use crate::links::Links;

/// What mdBook says of the book besides its chapters.
#[derive(Debug, Deserialize)]
pub struct Context {
    /// The folder of `book.toml`.
    pub root: PathBuf,
    config: Value,
}

impl Context {
    /// Where the files are shown that are not in the book, such as `https://github.com/someone/course`.
    fn repository(&self) -> Option<&str> {
        self.config.pointer("/output/html/git-repository-url")?.as_str()
    }
}

/// Makes each chapter of the book from the file that it stands for.
///
/// # Errors
///
/// When a file cannot be read, or a link leads to none.
pub fn prepare(context: &Context, book: &mut Value) -> Result<()> {
    let course = context.root.parent().context("docs is in no folder")?.canonicalize()?;
    let chapters = Chapters::of(&course, book);
    let links = Links { course: &course, chapters: &chapters, repository: context.repository() };
    chapters::for_each(book, &mut |chapter| {
        let Some(page) = chapters.page(chapter) else { return Ok(()) };
        let text = page.text(&course, chapter)?;
        let text = links.rewritten(page, &text).with_context(|| page.origin.display().to_string())?;
        chapter.insert("content".to_owned(), Value::String(text));
        Ok(())
    })
}
