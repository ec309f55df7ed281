//! The program, run as a student runs it.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by a panic")]

mod check;
mod course;
#[cfg(unix)]
mod process;
mod run;
mod typed;
