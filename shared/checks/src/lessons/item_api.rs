//! Lesson 00: a page of metrics, and what runs.

use futures_util::FutureExt;

use super::clean_page;
use super::lines::{family_lines, type_lines};
use super::require::require_labels;
use crate::check::{Check, Run};
use crate::exposition::{Family, MetricType};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

const LESSON: &str = "00-item-api";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "metrics-page", run: Run::Shop(|app| metrics_page(app).boxed()) },
    Check { lesson: LESSON, name: "app-info", run: Run::Shop(|app| app_info(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

const LABELS: [&str; 4] = ["version", "rust_version", "os", "arch"];
const EXPECTED: &str =
    "# TYPE app_info gauge, and one line: app_info{version=\"...\",rust_version=\"...\",os=\"...\",arch=\"...\"} 1";
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
            .expected(EXPECTED)
            .seen(type_lines(&page, "app_info"))
            .mistake("The metric has another name or a prefix, is made but not registered, or registered but never set: a gauge with labels has no line until its label values are used.")
            .why(WHY)
            .stop();
    };
    require_labels(family, &LABELS, WHY)?;
    match wrong_with(family) {
        None => Ok(()),
        Some((change, mistake)) => Failure::change(change)
            .expected(EXPECTED)
            .seen(family_lines(&page, "app_info"))
            .mistake(mistake)
            .why("Queries join other metrics with it by multiplication: `... * on (instance) group_left (version) app_info`. Any value but 1 changes their result, and two series make it fail.")
            .stop(),
    }
}

/// What to change, and which mistake it is.
fn wrong_with(family: &Family) -> Option<(&'static str, &'static str)> {
    match (family.metric_type, family.samples.as_slice()) {
        (MetricType::Gauge | MetricType::Info, [sample]) if sample.value == 1.0 => None,
        (MetricType::Gauge | MetricType::Info, [sample]) if sample.value == 0.0 => {
            Some(("Set `app_info` to 1.", "The series is made by its label values, but never set. It then shows 0."))
        }
        (MetricType::Gauge | MetricType::Info, [_]) => Some((
            "Set `app_info` to 1, whatever it has to say.",
            "The value carries information, such as a version number or a time. An information metric says everything in its labels.",
        )),
        (MetricType::Gauge | MetricType::Info, _) => Some((
            "Let `app_info` have one series.",
            "A label holds something that changes while the app runs, such as a time, or the metric is set in several places.",
        )),
        _ => Some((
            "Make `app_info` a gauge.",
            "A counter was taken, or the page is put together by hand, without a line that begins with `# TYPE`. What runs is a state, and wants a gauge.",
        )),
    }
}
