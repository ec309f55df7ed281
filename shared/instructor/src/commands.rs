//! The subcommands, a file or a folder for each: what was typed, and what it then does.

pub mod branches;
pub mod diff;
pub mod grade;
pub mod new;
pub mod prefetch;
pub mod propagate;
pub mod verify;
