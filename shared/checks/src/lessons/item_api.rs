//! Lesson 00: a page of metrics, and what runs.

use futures_util::FutureExt;

use super::{clean_page, family_lines, require_labels, type_lines};
use crate::App;
use crate::check::{Check, Run, Failure, Outcome};
use crate::exposition::MetricType;

const LESSON: &str = "00-item-api";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "metrics-page", run: Run::Shop(|app| metrics_page(app).boxed()) },
    Check { lesson: LESSON, name: "app-info", run: Run::Shop(|app| app_info(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

const LABELS: [&str; 4] = ["version", "rust_version", "os", "arch"];
const WHY: &str =
    "When a graph bends at the minute of a deployment, `app_info` is what tells which version began then.";

/// The scrape itself judges status, content type and format.
async fn metrics_page(app: &App) -> Outcome {
    app.scrape().await.map(drop)
}

async fn app_info(app: &App) -> Outcome {
    let page = app.scrape().await?;
    let Some(family) = page.family("app_info") else {
        return Failure::change("Register the gauge `app_info`, and set it to 1.")
            .expected("app_info{version=\"...\",rust_version=\"...\",os=\"...\",arch=\"...\"} 1")
            .seen(type_lines(&page))
            .mistake("The metric is made but not registered, or registered but never set: a gauge with labels has no line until its label values are used.")
            .why(WHY)
            .stop();
    };
    require_labels(family, &LABELS, WHY)?;
    let is_information = matches!(family.metric_type, MetricType::Gauge | MetricType::Info);
    if is_information && family.samples.len() == 1 && family.samples.iter().all(|sample| sample.value == 1.0) {
        return Ok(());
    }
    Failure::change("Make `app_info` a gauge with one series, whose value is always 1.")
        .expected("# TYPE app_info gauge, and one line that ends in 1")
        .seen(family_lines(&page, "app_info"))
        .mistake("The value carries information (a version number, a time), or it is counted up. An information metric says everything in its labels.")
        .why("Queries join other metrics with it by multiplication: `... * on (instance) group_left (version) app_info`. Any value but 1 changes their result.")
        .stop()
}
