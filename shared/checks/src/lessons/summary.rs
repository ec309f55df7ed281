//! Lesson 04.

use futures_util::FutureExt;

use super::clean_page;
use crate::check::Check;

const LESSON: &str = "04-summary";

pub(super) const CHECKS: &[Check] =
    &[Check { lesson: LESSON, name: "clean-page", run: |app| clean_page::check(app).boxed() }];
