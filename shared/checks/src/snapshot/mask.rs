//! What is masked: what nobody can foretell, and what depends on the machine.

use exposition::Sample;

/// What stands for it.
pub(super) const MASK: &str = "<masked>";
/// Samples whose value nobody can foretell.
const UNSTABLE_SAMPLES: [&str; 15] = [
    "db_connections_active",
    "db_connections_idle",
    "app_cpu_usage_ratio",
    "app_memory_bytes",
    "system_cpu_usage_ratio",
    "system_memory_usage_ratio",
    "system_disk_free_bytes",
    "system_disk_size_bytes",
    "http_request_duration_seconds_sum",
    "db_query_duration_seconds_sum",
    "batch_last_run_timestamp_seconds",
    "batch_last_success_timestamp_seconds",
    "batch_duration_seconds",
    "batch_step_duration_seconds",
    "push_time_seconds",
];
/// Labels whose value depends on the machine.
pub(super) const UNSTABLE_LABELS: [&str; 3] = ["rust_version", "os", "arch"];
/// Samples of an exporter whose value is always the same. All others are numbers of PostgreSQL.
const STABLE: [&str; 2] = ["pg_up", "pg_scrape_collector_success"];

/// The value of a sample, or the mask.
pub(super) fn value(sample: &Sample) -> String {
    if is_foreseeable(sample) { sample.value.to_string() } else { MASK.to_owned() }
}

/// Whether the same traffic gives the same value.
pub(super) fn is_foreseeable(sample: &Sample) -> bool {
    let is_finite_bucket = sample.label("le").is_some_and(|le| le != "+Inf");
    let is_quantile = sample.label("quantile").is_some();
    let is_unstable = UNSTABLE_SAMPLES.contains(&sample.name.as_str()) || !is_stable(sample);
    !is_finite_bucket && !is_quantile && !is_unstable
}

fn is_stable(sample: &Sample) -> bool {
    !sample.name.starts_with("pg_") || STABLE.contains(&sample.name.as_str())
}
