//! Lesson 06.

use crate::check::Check;

pub(super) const CHECKS: &[Check] = &[];
