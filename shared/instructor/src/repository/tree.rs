//! Files in git.

use std::collections::BTreeMap;

/// The files of a tree, by their path.
pub type Files = BTreeMap<String, File>;

/// A file in git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its mode, as git writes it, such as `100644`.
    pub mode: String,
    /// What is in it.
    pub content: Vec<u8>,
}

impl File {
    /// A file that is no program.
    pub fn plain(content: impl Into<Vec<u8>>) -> Self {
        Self { mode: "100644".to_owned(), content: content.into() }
    }
}
