//! The metrics that a text names are those of the course, spelled as they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use lab::course::blocks;
use pulldown_cmark::{Event, Options, Parser};

use super::Text;

/// The page of all metrics, which the solutions themselves are asked for.
const REFERENCE: &str = "docs/src/reference/metrics.md";
/// What the names of the course's metrics begin with.
const FIRST_WORDS: [&str; 7] = ["app", "batch", "cart", "db", "http", "pg", "system"];
/// What the name of a metric ends with, and hardly any other name in a text.
const LAST_WORDS: [&str; 6] = ["total", "seconds", "bytes", "ratio", "info", "bucket"];
/// What the lines of a histogram or a summary add to its name.
const PARTS: [&str; 3] = ["_bucket", "_count", "_sum"];
/// The languages of the blocks that show a page.
const PAGES: [&str; 2] = ["metrics", "text"];

/// The names of all metrics of the course.
#[derive(Debug)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// Those of the reference.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or has none.
    pub fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(REFERENCE)).with_context(|| format!("cannot read {REFERENCE}"))?;
        let names = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let names: BTreeSet<_> = names.map(str::to_owned).collect();
        anyhow::ensure!(!names.is_empty(), "{REFERENCE} names no metric");
        Ok(Self(names))
    }

    /// The names in a text that look like one of the course's metrics, and are none.
    pub fn faults(&self, text: &Text) -> Vec<String> {
        let unknown: BTreeSet<_> = named(&text.content).into_iter().filter(|name| !self.has(name)).collect();
        unknown.iter().map(|name| format!("{}: there is no metric {name}", text.path.display())).collect()
    }

    fn has(&self, name: &str) -> bool {
        let whole = PARTS.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        let is_one_of = |pattern: &String| pattern.strip_suffix('*').is_some_and(|start| name.starts_with(start));
        self.0.contains(name) || self.0.contains(whole) || self.0.iter().any(is_one_of)
    }
}

/// The words of code, in sentences and pages, that look like the name of a metric.
fn named(text: &str) -> Vec<String> {
    let codes = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Code(code) => Some(code.into_string()),
        _ => None,
    });
    let pages = PAGES.iter().flat_map(|language| blocks::of(text, language));
    codes
        .chain(pages)
        .flat_map(|code| words(&code).filter(|word| is_name(word)).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

fn is_name(word: &str) -> bool {
    let (first, last) = (word.split('_').next(), word.rsplit('_').next());
    word.contains('_')
        && first.is_some_and(|first| FIRST_WORDS.contains(&first))
        && last.is_some_and(|last| LAST_WORDS.contains(&last))
}
