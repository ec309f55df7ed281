//! Lesson 05.

use crate::check::Check;

pub(super) const CHECKS: &[Check] = &[];
