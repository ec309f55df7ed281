//! The job, what it pushes, and an address at which nobody takes it.

/// The job's name, and the whole key of its group.
pub(super) const JOB: &str = "expire_carts";

pub(super) const LAST_RUN: &str = "batch_last_run_timestamp_seconds";
pub(super) const LAST_SUCCESS: &str = "batch_last_success_timestamp_seconds";
pub(super) const DURATION: &str = "batch_duration_seconds";
pub(super) const EXPIRED: &str = "batch_carts_expired";
pub(super) const STEP_DURATION: &str = "batch_step_duration_seconds";

/// The steps of a run, in their order.
pub(super) const STEPS: [&str; 3] = ["connect", "expire", "commit"];

/// Nobody may listen there but root, and hardly anybody does.
pub(super) const CLOSED: &str = "127.0.0.1:1";
