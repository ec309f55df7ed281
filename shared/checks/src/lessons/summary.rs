//! Lesson 04: is it the database?

mod age;
mod call;
mod distribution;
mod durations;
mod hold;
pub(super) mod metric;
mod operations;
mod quantiles;
mod queries;
mod replica;
mod trouble;
mod waiting;
mod window;

use futures_util::FutureExt;

use super::clean_page;
use crate::check::{Check, Run};

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
