//! What a run that succeeds leaves on the gateway, whether or not there was something to do.

use std::time::Instant;

use exposition::{MetricType, Page};
use futures_util::FutureExt;

use super::ages::{self, Age};
use super::group::last_push;
use super::names::{DURATION, EXPIRED, JOB, LAST_RUN, LAST_SUCCESS};
use super::run::{ARGUMENTS, names_number, run, succeeds};
use super::{carts, dry_run, stamps};
use crate::lessons::lines::family_lines;
use crate::lessons::parts;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const WHY: &str = "These four numbers are all that is left of a run. The alert that TechCommerce wants, \"no success for 26 hours\", is made of them.";
/// More carts than a line of output names by chance.
const MANY: usize = 13;

pub(super) async fn is_pushed(job: &Job) -> Outcome {
    of_a_run_is_on_the_gateway(job).await?;
    carts::open(job, MANY, carts::OLD).await?;
    let run = run(job, &ARGUMENTS).await?;
    succeeds(&run)?;
    is_number_of_carts(&last_push(job).await?, MANY)?;
    says_how_many(&run, &job.gateway.address())?;
    of_an_empty_run_is_on_the_gateway(job).await?;
    let another = job.apart().await?;
    parts::side_by_side([
        ages::are_obeyed(&another).boxed(),
        all_of_many_expire(job).boxed(),
        dry_run::changes_nothing(job).boxed(),
        ages::customer_who_comes_back_keeps_the_cart(job).boxed(),
    ])
    .await
}

/// More than anybody would take at a time.
async fn all_of_many_expire(job: &Job) -> Outcome {
    let job = job.apart().await?;
    let before = carts::count(&job).await?;
    let many = carts::open_many(&job).await?;
    let run = run(&job, &ARGUMENTS).await?;
    succeeds(&run)?;
    let left = carts::count(&job).await?;
    if left == before {
        return is_number_of_carts(&last_push(&job).await?, many);
    }
    Failure::change("Let all abandoned carts expire in one run, however many they are.")
        .expected(format!("{before} carts are left, as many as there were before {many} more were abandoned"))
        .seen(run.lines())
        .seen([format!("{left} carts are left")])
        .mistake(
            "The statement has a limit, or the carts are looked up page by page, and only the first page is deleted.",
        )
        .why("On a busy day there are more abandoned carts than on any day before, and nobody looks.")
        .stop()
}

async fn of_a_run_is_on_the_gateway(job: &Job) -> Outcome {
    let old = carts::open(job, 2, carts::OLD).await?;
    let young = carts::open(job, 1, carts::YOUNG).await?;
    let (started, clock) = (stamps::now(), Instant::now());
    let run = run(job, &ARGUMENTS).await?;
    succeeds(&run)?;
    let elapsed = clock.elapsed().as_secs_f64();
    let page = last_push(job).await?;
    for name in [LAST_RUN, LAST_SUCCESS, DURATION, EXPIRED] {
        require_family(&page, name, MetricType::Gauge, WHY)?;
    }
    for name in [LAST_RUN, LAST_SUCCESS] {
        stamps::is_of_the_run(&page, name, started)?;
    }
    stamps::are_the_same(&page)?;
    is_duration(&page, elapsed)?;
    let age = Age { arguments: &ARGUMENTS, old: carts::OLD, young: carts::YOUNG };
    ages::is_obeyed(job, &age, &run, [&old, &young]).await?;
    is_number_of_carts(&page, old.len())
}

fn is_duration(page: &Page, elapsed: f64) -> Outcome {
    let duration = page.sum(DURATION, &[]);
    if duration > 0.0 && duration <= elapsed {
        return Ok(());
    }
    let mistake = if duration == 0.0 {
        "The gauge is never set, or set before the work begins, or whole seconds are taken: `as_secs_f64()` has the fraction, too."
    } else {
        "The value is in milliseconds, or it is a moment instead of a duration."
    };
    Failure::change("Set the duration to the seconds that the run took, fraction included.")
        .expected(format!("{DURATION} above 0, and at most {elapsed:.3}: the whole process took that long"))
        .seen(family_lines(page, DURATION))
        .mistake(mistake)
        .why("A job that takes a little longer each night is a warning, months before it is not done by the morning.")
        .stop()
}

fn is_number_of_carts(page: &Page, count: usize) -> Outcome {
    if page.sum(EXPIRED, &[]) == count as f64 {
        return Ok(());
    }
    Failure::change("Set the gauge to the carts that this run has expired.")
        .expected(format!("{EXPIRED} {count}, after a run that expired {count} carts"))
        .seen(family_lines(page, EXPIRED))
        .mistake("The number is not taken from the work. Or it is added to the last run's, which a gateway does not do, and a job should not: each run starts at 0.")
        .why("\"None expired last night\" is news, when it is some each night. A sum over all runs would hide it.")
        .stop()
}

fn says_how_many(run: &Run, gateway: &str) -> Outcome {
    if names_number(&run.said, gateway, MANY) {
        return Ok(());
    }
    Failure::change("Say on standard output how many carts have expired.")
        .expected(format!("the number {MANY} on standard output, after a run that expired {MANY} carts"))
        .seen(run.lines())
        .mistake("The job is silent, or it says so on standard error, where problems belong.")
        .why("Somebody who runs the job by hand, or reads its log, has no Prometheus at hand.")
        .stop()
}

/// "There was nothing to do" is a result. The group is deleted before, so that nothing of an earlier run is mistaken
/// for it.
async fn of_an_empty_run_is_on_the_gateway(job: &Job) -> Outcome {
    job.delete(&format!("job/{JOB}")).await?;
    let (started, clock) = (stamps::now(), Instant::now());
    let run = run(job, &ARGUMENTS).await?;
    succeeds(&run)?;
    let page = job.gateway.scrape().await?;
    if page.matching(LAST_RUN, &[("job", JOB)]).next().is_none() {
        return Failure::change("Push the result of a run that found no cart to expire, too.")
            .expected(format!("{LAST_RUN}, {LAST_SUCCESS} and {EXPIRED} 0 on the gateway, after a run with nothing to do"))
            .seen(run.lines())
            .seen(["a gateway without any metric of the job"])
            .mistake("The push stands where carts have expired: behind an `if`, or behind a return when there is nothing to do.")
            .why("A night without abandoned carts would look like a night without a run, and its alert fires.")
            .stop();
    }
    let page = last_push(job).await?;
    for name in [LAST_RUN, LAST_SUCCESS] {
        stamps::is_of_the_run(&page, name, started)?;
    }
    stamps::are_the_same(&page)?;
    is_duration(&page, clock.elapsed().as_secs_f64())?;
    is_number_of_carts(&page, 0)?;
    if !run.said.trim().is_empty() {
        return Ok(());
    }
    Failure::change("Say on standard output what a run has done, also when that is nothing.")
        .expected("a word on standard output, after a run that found no cart to expire")
        .seen(run.lines())
        .mistake("The line stands behind an `if`, for carts that have expired.")
        .why("\"No cart expired\" is a result. An empty log looks like a run that never was.")
        .stop()
}
