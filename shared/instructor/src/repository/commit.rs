//! A commit: one that is to be made, and how one is recognised that was made here.

use super::tree::Files;

/// Author and committer of each commit, with a date that never changes: so the same content has the same id.
pub(super) const WHO: &str = "cargo lab branches <branches@lab.invalid> 1767225600 +0000";
/// The last line of each message.
const TRAILER: &str = "Published-by: cargo lab branches";

/// A commit that is to be made.
#[derive(Debug)]
pub struct Commit {
    /// Its first line.
    pub title: String,
    /// What else it says.
    pub body: String,
    /// The files that it adds or changes.
    pub files: Files,
}

/// A commit that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// Its first line.
    pub title: String,
}

impl Commit {
    pub(super) fn message(&self) -> String {
        format!("{}\n\n{}\n\n{TRAILER}\n", self.title, self.body)
    }
}

/// What git has under an id, unless it was made here. Whoever amends or copies one of ours leaves a name or a date.
pub(super) fn of_somebody(id: &str, content: &[u8]) -> Option<Made> {
    let text = String::from_utf8_lossy(content);
    let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let value = |name: &str| header.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let (author, committer) = (value("author "), value("committer "));
    if author == WHO && committer == WHO && message.trim_end().ends_with(TRAILER) {
        return None;
    }
    let name = author.split(" <").next().unwrap_or_default();
    let title = message.lines().next().unwrap_or_default();
    Some(Made { id: id.to_owned(), author: printable(name), title: printable(title) })
}

/// Without what a terminal would take for a command.
fn printable(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}
