//! Git repositories, by git's plumbing: what is committed, and branches that come to be or move, all of them or none.
//!
//! Neither the files of a repository, nor its index, nor its current branch is ever touched. What comes out depends on the
//! contents alone, and on nothing that a user has configured or has in the environment.

mod commit;
mod git;
mod head;
mod scratch;
mod target;

use std::collections::BTreeMap;

pub use commit::{Commit, Made};
pub use head::committed;
pub use scratch::Scratch;
pub use target::{Remote, Target};

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

/// A branch as it should be.
#[derive(Debug)]
pub struct Branch {
    /// Such as `lesson/03-histogram`.
    pub name: String,
    /// The branch that it goes on from; none where it begins with nothing.
    pub from: Option<String>,
    /// What comes then.
    pub commits: Vec<Commit>,
}

/// The full name of a branch.
fn full_name(branch: &str) -> String {
    format!("refs/heads/{branch}")
}
