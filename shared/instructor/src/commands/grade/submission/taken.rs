//! What was taken of a submission.

use crate::commands::grade::text;
use crate::commands::grade::tree::{Entry, Tree};

/// The files of a submission, and what there is to say of them.
#[derive(Debug, Default)]
pub(in crate::commands::grade) struct Taken {
    pub(in crate::commands::grade) tree: Tree,
    pub(in crate::commands::grade) notes: Vec<String>,
}

/// What programs leave behind, and what is no part of a submission.
const NO_PARTS: [&[u8]; 4] = [b".git", b".lab", b"target", b"node_modules"];

/// Whether a file or folder of this name is left out, with all that is in it.
pub(super) fn is_no_part(name: &[u8]) -> bool {
    NO_PARTS.contains(&name)
}

/// What stands in the way of a file that is not read.
pub(super) fn left_out(path: &[u8], why: &str) -> String {
    format!("{} is left out: {why}", text::name(path))
}

/// Names each link: none is followed.
pub(super) fn links_left_out(tree: &Tree) -> Vec<String> {
    let links = tree.iter().filter(|(_, entry)| matches!(entry, Entry::Link { .. }));
    links.map(|(path, _)| left_out(path, "it is a link")).collect()
}
