//! The names of the steps that a run came to.

use std::collections::BTreeSet;

use exposition::Page;

use super::names::STEP_DURATION;
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};

/// Ends the check unless these are the steps on the page, `after` such a run.
pub(super) fn are(page: &Page, wanted: &[&str], after: &str) -> Outcome {
    let seen: BTreeSet<_> = page.series(STEP_DURATION).filter_map(|sample| sample.label("step")).collect();
    if seen == wanted.iter().copied().collect() {
        return Ok(());
    }
    let change = match wanted.iter().find(|step| !seen.contains(**step)) {
        Some(step) => format!("Time the step `{step}`, and give it that name."),
        None => "Push the steps that the run came to, and no others.".to_owned(),
    };
    Failure::change(change)
        .expected(format!("the steps {}, after {after}", quoted(wanted)))
        .seen(family_lines(page, STEP_DURATION))
        .mistake("A step is not timed, is called differently, or there is one more. Or a step is noted only when it went well, or before it began.")
        .why("Whoever asks \"how long did the commit take?\" has to know what it is called. And the last step of a run that failed is the one that failed.")
        .stop()
}

fn quoted(steps: &[&str]) -> String {
    steps.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(", ")
}
