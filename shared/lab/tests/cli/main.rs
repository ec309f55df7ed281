//! The program, run as a student runs it.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by a panic")]

mod check;
mod course;
mod current;
mod doctor;
mod hint;
mod load;
mod overview;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod pty;
mod reset;
mod run;
mod shops;
mod solve;
mod stack;
mod state;
#[cfg(unix)]
mod terminal;
mod typed;
mod watch;
