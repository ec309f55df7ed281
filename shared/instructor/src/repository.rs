//! Git repositories, by git's plumbing: what is committed, and branches that come to be or move, all of them or none.
//!
//! Neither the files of a repository, nor its index, nor its current branch is ever touched. What comes out depends on the
//! contents alone, and on nothing that a user has configured or has in the environment.

mod branch;
mod commit;
mod git;
mod head;
mod scratch;
mod target;
mod tree;

pub use branch::Branch;
pub use commit::{Commit, Made};
pub use head::committed;
pub use scratch::Scratch;
pub use target::{Remote, Target};
pub use tree::{File, Files};
