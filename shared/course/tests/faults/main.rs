//! Faults of reality, injected: nothing is lost by any of them, and nobody is told anything that is not true.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod job;
