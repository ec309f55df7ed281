//! What came out of a comparison.

use lab::problem::Exit;

use super::pages::Pages;
use super::source::FileDifference;
use crate::pages::Names;

/// What differs, and what could not be compared.
pub(super) struct Comparison<'a> {
    pub(super) title: String,
    pub(super) names: Names<'a>,
    /// None where no code was compared.
    pub(super) files: Option<Vec<FileDifference>>,
    pub(super) pages: Pages,
}

impl Comparison<'_> {
    pub(super) fn has_code(&self) -> bool {
        self.files.is_some()
    }

    /// What stands above the differences of the pages.
    pub(super) fn heading(&self) -> &'static str {
        if self.has_code() { "The pages, after the same requests" } else { "The pages" }
    }

    /// What could not be compared outweighs what differs: nobody knows how much more would.
    pub(super) fn exit(&self) -> Exit {
        match &self.pages {
            Pages::NotCompared { .. } => Exit::NotJudged,
            Pages::Compared(differences) if !differences.is_empty() => Exit::NotDone,
            Pages::Unreadable(_) => Exit::NotDone,
            _ if self.files.as_ref().is_none_or(Vec::is_empty) => Exit::Done,
            _ => Exit::NotDone,
        }
    }
}
