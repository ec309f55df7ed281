//! Lesson 03: how slow, and for how many?

mod bounded_labels;
mod each;
mod hang_ups;
mod metric;
pub(super) mod names;
mod observed;
mod outcomes;
mod seconds;
mod took;

use futures_util::FutureExt;

use super::clean_page;
use crate::check::{Check, Run};

const LESSON: &str = "03-histogram";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "latency-histogram", run: Run::Shop(|app| metric::is_made(app).boxed()) },
    Check { lesson: LESSON, name: "seconds", run: Run::Shop(|app| seconds::are_observed(app).boxed()) },
    Check { lesson: LESSON, name: "every-outcome", run: Run::Shop(|app| outcomes::are_observed(app).boxed()) },
    Check { lesson: LESSON, name: "bounded-labels", run: Run::Shop(|app| bounded_labels::are_right(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];
