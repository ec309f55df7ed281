//! The subcommands, a file or a folder for each: what was typed, and what it then does.

pub mod book;
pub mod carry;
pub mod challenge;
pub mod check;
pub mod doctor;
pub mod down;
pub mod hint;
pub mod instructor;
pub mod lint;
pub mod live;
pub mod load;
pub mod logs;
pub mod overview;
pub mod reset;
pub mod restore;
pub mod run;
pub mod solve;
pub mod up;
pub mod watch;
