//! Lesson 04: is it the database?

mod call;
mod hold;
mod operations;
mod quantiles;
mod queries;
mod waiting;
mod window;

use futures_util::FutureExt;

use super::{clean_page, family_lines};
use crate::check::{Check, Run};
use crate::exposition::{Page, Sample};

const LESSON: &str = "04-summary";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "latency-summary", run: Run::Shop(|app| quantiles::are_there(app).boxed()) },
    Check { lesson: LESSON, name: "every-query", run: Run::Shop(|app| queries::are_all_timed(app).boxed()) },
    Check {
        lesson: LESSON,
        name: "failed-queries",
        run: Run::Shop(|app| queries::are_timed_when_they_fail(app).boxed()),
    },
    Check { lesson: LESSON, name: "bounded-operations", run: Run::Shop(|app| operations::are_bounded(app).boxed()) },
    Check { lesson: LESSON, name: "waiting", run: Run::Shop(|app| waiting::is_timed(app).boxed()) },
    Check { lesson: LESSON, name: "sliding-window", run: Run::Shop(|app| window::slides(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

const QUERIES: &str = "db_query_duration_seconds";
const SUM: &str = "db_query_duration_seconds_sum";
const COUNT: &str = "db_query_duration_seconds_count";

/// The quantiles that the lesson asks for. There may be more.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// How many times longer than their clients waited queries may seem to take. Somebody else may use the app at the
/// same time, and a query may be part of two operations. Milliseconds are a thousand times too long.
const GENEROUS: f64 = 10.0;

/// The quantile of a sample, as a number.
fn quantile(sample: &Sample) -> Option<f64> {
    sample.label("quantile")?.parse().ok()
}

/// Every sample of the summary, if it is there.
fn samples(page: &Page) -> impl Iterator<Item = &Sample> {
    page.family(QUERIES).into_iter().flat_map(|family| &family.samples)
}

/// The lines of this name, or word that there is no such metric.
fn page_lines(page: &Page, name: &str) -> Vec<String> {
    let lines: Vec<_> = page.series(name).map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { family_lines(page, QUERIES) } else { lines }
}
