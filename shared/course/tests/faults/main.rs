//! Faults that reality found: each injected into real servers, with what is promised then.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod exporter;
