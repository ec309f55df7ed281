//! The metric of this lesson, and why it matters.

pub(super) const LATENCY: &str = "http_request_duration_seconds";
pub(super) const BUCKET: &str = "http_request_duration_seconds_bucket";
pub(super) const SUM: &str = "http_request_duration_seconds_sum";
pub(in crate::lessons) const COUNT: &str = "http_request_duration_seconds_count";

pub(super) const WHY_SECONDS: &str = "Everything else in Prometheus is in seconds. An alert at `> 0.3` would fire for ever on milliseconds, and never where the clock misses the handler.";
pub(super) const WHY_OUTCOMES: &str = "The slowest requests are often the ones that fail: they ran into a time-out. Without them, the shop looks fastest when it is broken.";
