//! A branch.

use super::commit::Commit;

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
pub(super) fn full_name(branch: &str) -> String {
    format!("refs/heads/{branch}")
}
