//! Where the links of a file lead to, once it is a page of the book.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::chapters::{Chapters, Page, SOURCE, normalized};
use crate::markdown::{self, Link, Replacement};
use crate::picture;

/// What is known of the places that a link may lead to.
#[derive(Debug)]
pub struct Links<'a> {
    /// The folder of the course.
    pub course: &'a Path,
    /// The pages of the book.
    pub chapters: &'a Chapters,
    /// Where all other files are shown, if that is known.
    pub repository: Option<&'a str>,
}

impl Links<'_> {
    /// The text of a page, with its links as they lead from that page.
    ///
    /// # Errors
    ///
    /// When one leads to no file.
    pub fn rewritten(&self, page: &Page, text: &str) -> Result<String> {
        markdown::replace_links(text, |link| {
            self.replacement(page, link).with_context(|| format!("the link `{}`", link.target))
        })
    }

    fn replacement(&self, page: &Page, link: &Link<'_>) -> Result<Replacement> {
        let (path, heading) = link.target.find('#').map_or((link.target, ""), |at| link.target.split_at(at));
        if path.is_empty() || path.contains(':') {
            return Ok(Replacement::Same);
        }
        let beside = page.origin.parent().unwrap_or(Path::new(""));
        let file = normalized(&beside.join(path)).context("leads out of the course")?;
        ensure!(self.course.join(&file).exists(), "leads to no file");
        if link.is_picture {
            return self.picture(page, &file, link.words);
        }
        if let Some(path) = beside_the_chapters(&file) {
            return Ok(Replacement::Target(relative(&page.path, path)));
        }
        Ok(match (self.chapters.of_file(&file), self.repository) {
            (Some(chapter), _) => Replacement::Target(format!("{}{heading}", relative(&page.path, &chapter.path))),
            (None, Some(repository)) => Replacement::Target(self.in_repository(repository, &file, heading)),
            (None, None) => Replacement::Words,
        })
    }

    /// A drawing becomes a part of the page. A photograph stays a file.
    fn picture(&self, page: &Page, file: &Path, words: &str) -> Result<Replacement> {
        if file.extension().is_some_and(|end| end == "svg") {
            return Ok(Replacement::Whole(picture::inline(&fs::read_to_string(self.course.join(file))?, words)?));
        }
        let path = beside_the_chapters(file).context("is a picture outside of docs/src")?;
        Ok(Replacement::Target(relative(&page.path, path)))
    }

    fn in_repository(&self, repository: &str, file: &Path, heading: &str) -> String {
        let kind = if self.course.join(file).is_dir() { "tree" } else { "blob" };
        format!("{}/{kind}/HEAD/{}{heading}", repository.trim_end_matches('/'), with_slashes(file))
    }
}

/// What is no chapter in the folder of the chapters, mdBook copies.
fn beside_the_chapters(file: &Path) -> Option<&Path> {
    let path = file.strip_prefix(SOURCE).ok()?;
    path.extension().is_some_and(|end| end != "md").then_some(path)
}

/// The way from one page to another file of the book.
fn relative(from: &Path, to: &Path) -> String {
    let up = from.components().count().saturating_sub(1);
    let way: PathBuf = std::iter::repeat_n("..", up).map(Path::new).chain([to]).collect();
    with_slashes(&way)
}

fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
