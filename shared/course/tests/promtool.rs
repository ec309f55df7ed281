//! Prometheus's own tool has nothing to complain about in the page of any solution.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use checks::launch::BuildApp;
use checks::services::{if_installed, promtool};
use support::Shop;

#[tokio::test]
async fn the_page_of_00_item_api_is_clean() {
    assert_clean(solution_00_item_api::app).await;
}

#[tokio::test]
async fn the_page_of_01_counter_is_clean() {
    assert_clean(solution_01_counter::app).await;
}

#[tokio::test]
async fn the_page_of_02_gauge_is_clean() {
    assert_clean(solution_02_gauge::app).await;
}

#[tokio::test]
async fn the_page_of_03_histogram_is_clean() {
    assert_clean(solution_03_histogram::app).await;
}

#[tokio::test]
async fn the_page_of_04_summary_is_clean() {
    assert_clean(solution_04_summary::app).await;
}

#[tokio::test]
async fn a_counter_without_total_is_a_complaint() {
    let page = "# HELP sales Sales.\n# TYPE sales counter\nsales 1\n";
    let complaints = promtool::complaints(page);
    let Some(complaints) = if_installed(complaints, "the check of a bad page").unwrap() else { return };
    assert!(complaints.contains("_total"), "{complaints}");
}

async fn assert_clean(app: BuildApp) {
    let shop = Shop::open(app).await;
    shop.visit().await;
    let complaints = promtool::complaints(&shop.page().await);
    let Some(complaints) = if_installed(complaints, "promtool check metrics").unwrap() else { return };
    assert_eq!(complaints, "");
}
