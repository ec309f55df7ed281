//! The subcommands, a file or a folder for each: what was typed, and what it then does.

pub mod grade;
pub mod verify;
