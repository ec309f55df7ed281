//! Lesson 03.

use futures_util::FutureExt;

use super::clean_page;
use crate::check::Check;

const LESSON: &str = "03-histogram";

pub(super) const CHECKS: &[Check] =
    &[Check { lesson: LESSON, name: "clean-page", run: |app| clean_page::check(app).boxed() }];
