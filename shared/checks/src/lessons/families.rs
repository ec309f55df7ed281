//! The families that the course asks for. Those of lesson 05 are in `exporter/families.rs`.

use crate::subject::EXPORTER;

/// The families of each lesson; a page has those of the earlier lessons, too.
const FAMILIES: [(&str, &[&str]); 6] = [
    ("00-item-api", &["app_info"]),
    ("01-counter", &["cart_additions_total", "http_requests_total", "http_exceptions_total"]),
    (
        "02-gauge",
        &[
            "http_requests_in_progress",
            "cart_sessions_active",
            "db_connections_active",
            "db_connections_idle",
            "db_connections_max",
            "app_cpu_usage_ratio",
            "app_memory_bytes",
            "system_cpu_usage_ratio",
            "system_memory_usage_ratio",
            "system_disk_free_bytes",
            "system_disk_size_bytes",
        ],
    ),
    ("03-histogram", &["http_request_duration_seconds"]),
    ("04-summary", &["db_query_duration_seconds"]),
    (
        "06-pushgateway",
        &[
            "batch_last_run_timestamp_seconds",
            "batch_last_success_timestamp_seconds",
            "batch_duration_seconds",
            "batch_step_duration_seconds",
            "batch_carts_expired",
            "push_time_seconds",
            "push_failure_time_seconds",
        ],
    ),
];

/// The families of a lesson, and of those before it.
pub(super) fn up_to(lesson: &str) -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().filter(move |(name, _)| *name <= lesson).flat_map(|(_, names)| names.iter().copied())
}

/// The families of lessons 00 to 04.
pub(super) fn of_the_shop() -> impl Iterator<Item = &'static str> {
    let of_the_shop = FAMILIES.iter().filter(|(lesson, _)| *lesson < EXPORTER);
    of_the_shop.flat_map(|(_, names)| names.iter().copied())
}

/// Those whose series have labels: none of them is there before its label values are used.
const WITH_LABELS: [&str; 8] = [
    "app_info",
    "cart_additions_total",
    "http_requests_total",
    "http_exceptions_total",
    "http_requests_in_progress",
    "http_request_duration_seconds",
    "db_query_duration_seconds",
    "batch_step_duration_seconds",
];

/// Whether the course asks for labels of this family.
pub(super) fn has_labels(name: &str) -> bool {
    WITH_LABELS.contains(&name)
}

/// Whether a lesson asks for a family of this name.
pub(super) fn has(name: &str) -> bool {
    FAMILIES.iter().any(|(_, names)| names.contains(&name))
}
