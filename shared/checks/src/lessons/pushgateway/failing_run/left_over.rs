//! Nothing of an earlier run is left after one that failed, but for the last success.

use exposition::{Page, Sample};

use super::super::names::{DURATION, JOB, STEP_DURATION};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

/// What stands on the gateway before the failing run, as if an earlier one had left it there.
const FORMER_STEP: &str = "former_step";
const FORMER_DURATION: f64 = 86_400.0;

pub(super) async fn leave_behind(job: &Job) -> Outcome {
    let step = format!("# TYPE {STEP_DURATION} gauge\n{STEP_DURATION}{{step=\"{FORMER_STEP}\"}} 1\n");
    let duration = format!("# TYPE {DURATION} gauge\n{DURATION} {FORMER_DURATION}\n");
    job.push(&format!("job/{JOB}"), &(step + &duration)).await
}

/// What is still there of [`leave_behind`].
pub(super) fn lines(page: &Page) -> Vec<String> {
    let is_former_step = |sample: &&Sample| sample.label("step") == Some(FORMER_STEP);
    let is_former_duration = |sample: &&Sample| sample.value == FORMER_DURATION;
    let steps = page.series(STEP_DURATION).filter(is_former_step);
    let left = steps.chain(page.series(DURATION).filter(is_former_duration));
    left.map(|sample| sample.line.clone()).collect()
}

pub(super) fn is_nothing(page: &Page) -> Outcome {
    let left = lines(page);
    if left.is_empty() {
        return Ok(());
    }
    Failure::change("Let a failing run push all of its metrics, but for the stamp of the last success.")
        .expected(format!("{DURATION} and {STEP_DURATION} of the run that failed, and nothing of an earlier one"))
        .seen(left)
        .mistake("A POST replaces only metrics of the names that it brings. What a failing run leaves out stays from the run before: so it has to bring its duration, and the steps that it came to, the one that failed among them.")
        .why("Half of the group would be of one run, and half of another. Nobody can tell which number is from which.")
        .stop()
}
