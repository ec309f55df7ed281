//! The pages of the book that are generated: what all metrics are, by the pages of the solutions themselves, and what can be
//! typed, by the help of `cargo lab` itself.
//!
//! `cargo run -p course --bin reference` writes them, and `tests/reference.rs` proves that they are up to date.

pub mod commands;
pub mod metrics;

/// What stands at the top of both, for whoever opens the file to change it.
const GENERATED: &str = "<!-- Generated: cargo run -p course --bin reference -->";
