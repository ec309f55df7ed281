//! Metrics by which the exporter speaks of itself, and which several checks look at.

pub(super) const UP: &str = "pg_up";
pub(super) const SUCCESS: &str = "pg_scrape_collector_success";
pub(super) const DURATION: &str = "pg_scrape_collector_duration_seconds";
