//! Lesson {number}: FILL IN, the question that it answers.

use futures_util::FutureExt;

use super::clean_page;
use super::require::require_family;
use crate::check::{Check, Run};
use crate::exposition::MetricType;
use crate::outcome::Outcome;
use crate::subject::app::App;

const LESSON: &str = "{name}";
const METRIC: &str = "{metric}";
const WHY: &str = "FILL IN: why it matters in production.";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "first-metric", run: Run::Shop(|app| is_made(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

/// FILL IN: send something, and hold the metric against what was sent.
async fn is_made(app: &App) -> Outcome {
    let page = app.scrape().await?;
    require_family(&page, METRIC, MetricType::{metric_type}, WHY)?;
    Ok(())
}
