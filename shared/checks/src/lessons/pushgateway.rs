//! Lesson 06: did last night's job run?

mod carts;
mod clean_page;
mod delete_group;
mod failing_run;
mod gateway_down;
mod group;
mod one_group;
mod result;
mod step_durations;
mod stub;

use futures_util::FutureExt;
use tokio::time::{Duration, Instant, sleep};

use crate::check::{Check, Run};
use crate::exposition::{Labels, Page};
use crate::outcome::{Failure, Outcome};
use crate::services::ServiceError;
use crate::services::prometheus::Prometheus;
use crate::subject::app::PATIENCE;
use crate::subject::job::{self, Job};

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

/// The job's name, and the whole key of its group.
const JOB: &str = "expire_carts";

const LAST_RUN: &str = "batch_last_run_timestamp_seconds";
const LAST_SUCCESS: &str = "batch_last_success_timestamp_seconds";
const DURATION: &str = "batch_duration_seconds";
const EXPIRED: &str = "batch_carts_expired";
const STEP_DURATION: &str = "batch_step_duration_seconds";

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Every run of the checks: carts older than [`carts::OLD`] expire, [`carts::YOUNG`] ones stay.
const ARGUMENTS: [&str; 2] = ["--older-than", "1h"];

/// Runs the job, which has to succeed, and returns what it has pushed.
async fn succeed(job: &Job) -> Outcome<Page> {
    let run = job.run(&ARGUMENTS).await?;
    if run.code != Some(0) {
        return does_not_succeed(&run).stop();
    }
    group::last_push(job).await
}

fn does_not_succeed(run: &job::Run) -> Failure {
    Failure::change("Let a run end with exit code 0 when its work is done and pushed.")
        .expected("exit code 0, with a database and a gateway that both work")
        .seen(run.lines())
        .mistake("The push fails, or an error is returned from `main` after a run that did its work. What the job prints says which.")
        .why("cron and Kubernetes know nothing of a job but its exit code. One that always fails is soon ignored by everybody.")
}

/// The script of the snapshot: a run that expires two carts, and then one that fails half-way.
pub(crate) async fn success_then_failure(job: &Job) -> Outcome<Page> {
    carts::open(job, 2, carts::OLD).await?;
    job.run(&ARGUMENTS).await?;
    let cart = carts::open(job, 1, carts::OLD).await?;
    carts::run_on_disputed(job, &cart).await?;
    job.gateway.scrape().await
}

/// What was pushed, in a Prometheus that scrapes the gateway, once it is there.
pub(crate) async fn series_in(prometheus: &Prometheus) -> Result<Vec<Labels>, ServiceError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let series = prometheus.series("{__name__=~\"batch_.+|push_.+\"}").await?;
        if !series.is_empty() || Instant::now() >= deadline {
            return Ok(series);
        }
        sleep(POLL_INTERVAL).await;
    }
}
