//! Lesson 00: a page of metrics, and what runs.

mod app_info;

use futures_util::FutureExt;

use super::clean_page;
use crate::check::{Check, Run};
use crate::outcome::Outcome;
use crate::subject::app::App;

const LESSON: &str = "00-item-api";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "metrics-page", run: Run::Shop(|app| metrics_page(app).boxed()) },
    Check { lesson: LESSON, name: "app-info", run: Run::Shop(|app| app_info::check(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

/// The scrape itself judges status, content type and format.
async fn metrics_page(app: &App) -> Outcome {
    app.scrape().await.map(drop)
}
