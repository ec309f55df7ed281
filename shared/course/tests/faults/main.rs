//! Faults that were found by trying them: what is promised survives each one. `docs/src/faults.md` lists them.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod exporter;
mod job;
mod namespace;
mod shop;
