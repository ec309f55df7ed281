//! Lesson 05: what does the database itself say?

mod activity;
mod clean_page;
mod column;
mod compare;
mod database;
pub(super) mod families;
mod lines;
mod locks;
mod missing;
mod names;
mod require;
mod resilience;
pub(super) mod script;
mod settings;
mod tables;
mod view;

use futures_util::FutureExt;

use crate::check::{Check, Run};

const LESSON: &str = "05-postgres-exporter";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "database", run: Run::Exporter(|exporter| database::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "activity", run: Run::Exporter(|exporter| activity::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "locks", run: Run::Exporter(|exporter| locks::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "settings", run: Run::Exporter(|exporter| settings::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "tables", run: Run::Exporter(|exporter| tables::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "resilience", run: Run::Exporter(|exporter| resilience::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Exporter(|exporter| clean_page::check(exporter).boxed()) },
];
