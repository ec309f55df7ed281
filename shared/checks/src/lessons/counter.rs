//! Lesson 01: what is popular, what fails?

mod additions;
mod bounded_labels;
mod exceptions;
mod hang_ups;
mod kinds;
pub(super) mod names;
mod panics;
pub(super) mod products;
mod requests;

use futures_util::FutureExt;

use super::clean_page;
use crate::check::{Check, Run};

const LESSON: &str = "01-counter";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "cart-additions", run: Run::Shop(|app| additions::are_counted(app).boxed()) },
    Check { lesson: LESSON, name: "products-at-zero", run: Run::Shop(|app| products::are_at_zero(app).boxed()) },
    Check { lesson: LESSON, name: "requests", run: Run::Shop(|app| requests::are_counted(app).boxed()) },
    Check { lesson: LESSON, name: "bounded-labels", run: Run::Shop(|app| bounded_labels::are_right(app).boxed()) },
    Check { lesson: LESSON, name: "exceptions", run: Run::Shop(|app| exceptions::are_counted(app).boxed()) },
    Check { lesson: LESSON, name: "panics", run: Run::Shop(|app| panics::are_counted(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];
