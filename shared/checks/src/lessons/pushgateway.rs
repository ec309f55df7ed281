//! Lesson 06: did last night's job run?

mod ages;
mod carts;
mod clean_page;
mod delete_group;
mod dry_run;
mod failing_run;
mod gateway_down;
mod group;
mod names;
mod one_group;
mod password;
pub(super) mod prometheus;
mod result;
mod run;
pub(super) mod script;
#[cfg(unix)]
mod signals;
mod stamps;
mod step_durations;
mod steps;
mod stub;
#[cfg(unix)]
mod surroundings;
mod wire;

use futures_util::FutureExt;

use crate::check::{Check, Run};

const LESSON: &str = "06-pushgateway";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "result", run: Run::Job(|job| result::is_pushed(job).boxed()) },
    Check { lesson: LESSON, name: "step-durations", run: Run::Job(|job| step_durations::are_pushed(job).boxed()) },
    Check { lesson: LESSON, name: "one-group", run: Run::Job(|job| one_group::is_kept(job).boxed()) },
    Check { lesson: LESSON, name: "failing-run", run: Run::Job(|job| failing_run::is_pushed(job).boxed()) },
    Check { lesson: LESSON, name: "gateway-down", run: Run::Job(|job| gateway_down::is_survived(job).boxed()) },
    Check { lesson: LESSON, name: "delete-group", run: Run::Job(|job| delete_group::is_exact(job).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Job(|job| clean_page::check(job).boxed()) },
];
