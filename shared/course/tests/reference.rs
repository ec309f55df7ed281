//! The generated pages of the book say what the course says now.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;

use checks::services::if_installed;
use checks::services::postgres::Postgres;
use checks::services::pushgateway::Pushgateway;
use course::reference::{commands, metrics};

const ADVICE: &str = "is not what the course says now: cargo run -p course --bin reference";

#[test]
fn the_page_of_commands_is_the_help_of_cargo_lab() {
    assert_up_to_date(commands::PATH, &commands::page().unwrap());
}

/// Lessons 05 and 06 need their servers for it.
#[tokio::test]
async fn the_page_of_metrics_is_what_the_solutions_show() {
    let servers = [
        if_installed(Postgres::start().await.map(drop), "the reference of metrics").unwrap(),
        if_installed(Pushgateway::start().await.map(drop), "the reference of metrics").unwrap(),
    ];
    if servers.iter().all(Option::is_some) {
        assert_up_to_date(metrics::PATH, &metrics::page().await.unwrap());
    }
}

fn assert_up_to_date(path: &str, page: &str) {
    let written = fs::read_to_string(course::path(path)).unwrap();
    assert!(written == page, "{path} {ADVICE}");
}
