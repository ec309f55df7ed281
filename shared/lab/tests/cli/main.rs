//! The program, run as a student runs it.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by a panic")]

mod at_hand;
mod book;
mod carry;
mod challenge;
mod check;
mod copies;
mod course;
mod doctor;
mod hint;
mod instructor;
mod lint;
mod live;
mod load;
mod overview;
#[cfg(unix)]
mod process;
mod progress;
#[cfg(unix)]
mod pty;
mod reset;
mod restore;
mod run;
mod secrets;
mod shops;
mod solve;
mod stack;
mod stage;
#[cfg(unix)]
mod terminal;
mod typed;
mod watch;
