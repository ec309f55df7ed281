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
mod undisturbed;
mod wire;

use futures_util::FutureExt;

use self::undisturbed::judged;
use crate::check::{Check, Run};

const LESSON: &str = "06-pushgateway";

pub(super) const CHECKS: &[Check] = &[
    Check {
        lesson: LESSON,
        name: "result",
        run: Run::Job(|job| judged(job, |job| result::is_pushed(job).boxed()).boxed()),
    },
    Check {
        lesson: LESSON,
        name: "step-durations",
        run: Run::Job(|job| judged(job, |job| step_durations::are_pushed(job).boxed()).boxed()),
    },
    Check {
        lesson: LESSON,
        name: "one-group",
        run: Run::Job(|job| judged(job, |job| one_group::is_kept(job).boxed()).boxed()),
    },
    Check {
        lesson: LESSON,
        name: "failing-run",
        run: Run::Job(|job| judged(job, |job| failing_run::is_pushed(job).boxed()).boxed()),
    },
    Check {
        lesson: LESSON,
        name: "gateway-down",
        run: Run::Job(|job| judged(job, |job| gateway_down::is_survived(job).boxed()).boxed()),
    },
    Check {
        lesson: LESSON,
        name: "delete-group",
        run: Run::Job(|job| judged(job, |job| delete_group::is_exact(job).boxed()).boxed()),
    },
    Check {
        lesson: LESSON,
        name: "clean-page",
        run: Run::Job(|job| judged(job, |job| clean_page::check(job).boxed()).boxed()),
    },
];
