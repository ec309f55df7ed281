//! What a run that succeeds leaves on the gateway, and a dry run doesn't.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use shop::Session;

use super::carts;
use super::group::last_push;
use super::names::{DURATION, EXPIRED, LAST_RUN, LAST_SUCCESS};
use super::run::{ARGUMENTS, succeed};
use crate::exposition::{MetricType, Page};
use crate::lessons::lines::family_lines;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

const WHY: &str = "These four numbers are all that is left of a run. The alert that TechCommerce wants, \"no success for 26 hours\", is made of them.";
const WHY_WORK: &str =
    "A customer who is still shopping must not lose a cart, and one that is abandoned must not stay for ever.";
const WHY_DRY_RUN: &str = "A dry run is there to be typed without a second thought, in production too.";

/// Clocks are read before and after, and stamps may be whole seconds.
const TOLERANCE: f64 = 1.0;

pub(super) async fn is_pushed(job: &Job) -> Outcome {
    let old = carts::open(job, 2, carts::OLD).await?;
    let young = carts::open(job, 1, carts::YOUNG).await?;
    let (started, clock) = (now(), Instant::now());
    let page = succeed(job).await?;
    for name in [LAST_RUN, LAST_SUCCESS, DURATION, EXPIRED] {
        require_family(&page, name, MetricType::Gauge, WHY)?;
    }
    for name in [LAST_RUN, LAST_SUCCESS] {
        is_time_of_the_run(&page, name, started)?;
    }
    is_duration(&page, clock.elapsed().as_secs_f64())?;
    only_old_carts_expire(job, &old, &young).await?;
    is_number_of_carts(&page, old.len())?;

    let more = carts::open(job, 3, carts::OLD).await?;
    is_number_of_carts(&succeed(job).await?, more.len())?;
    dry_run_changes_nothing(job).await
}

/// Seconds since the epoch.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn is_time_of_the_run(page: &Page, name: &str, started: f64) -> Outcome {
    let (stamp, ended) = (page.sum(name, &[]), now());
    if (started - TOLERANCE..=ended + TOLERANCE).contains(&stamp) {
        return Ok(());
    }
    let year = 365.0 * 24.0 * 3600.0;
    let mistake = if stamp == 0.0 {
        "The gauge is registered, but never set."
    } else if stamp > 100.0 * ended {
        "The stamp is in milliseconds, or even smaller units. Prometheus's unit of time is the second."
    } else if stamp < year {
        "It is an age, or a duration: \"seconds since\". The job is gone when somebody looks, so nobody is there to let it grow."
    } else {
        "It is another moment than the run's, or not in UTC."
    };
    Failure::change(format!("Set `{name}` to the time now, in seconds since the epoch."))
        .expected(format!("{name} between {started:.3} and {ended:.3}, when the run began and ended"))
        .seen(family_lines(page, name))
        .mistake(mistake)
        .why("A timestamp stays true when the job is gone. The query makes an age of it: `time() - batch_last_success_timestamp_seconds`.")
        .stop()
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

async fn only_old_carts_expire(job: &Job, old: &[Session], young: &[Session]) -> Outcome {
    let [old_left, young_left] = [carts::left(job, old).await?, carts::left(job, young).await?];
    if old_left == 0 && young_left == young.len() {
        return Ok(());
    }
    Failure::change("Let exactly the carts expire that nobody has touched for longer than `--older-than`.")
        .expected("with `--older-than 1h`: a cart that was touched 2 hours ago expires, one of 30 minutes ago stays")
        .seen([
            format!("{old_left} of {} carts of 2 hours ago are left", old.len()),
            format!("{young_left} of {} carts of 30 minutes ago are left", young.len()),
        ])
        .mistake(
            "The transaction is not committed any more, or the condition was changed. Compare with the lesson's start.",
        )
        .why(WHY_WORK)
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

async fn dry_run_changes_nothing(job: &Job) -> Outcome {
    let cart = carts::open(job, 1, carts::OLD).await?;
    let before = last_push(job).await?;
    let run = job.run(&[&ARGUMENTS[..], &["--dry-run"]].concat()).await?;
    let after = last_push(job).await?;
    let (before, after) = (lines(&before), lines(&after));
    let cart_is_left = carts::left(job, &cart).await? == 1;
    if run.code == Some(0) && before == after && cart_is_left {
        return Ok(());
    }
    let moved = after.into_iter().filter(|line| !before.contains(line));
    Failure::change("Let a dry run neither change nor push anything.")
        .expected("exit code 0, the same lines on the gateway as before, and the cart still in the database")
        .seen(run.lines())
        .seen((!cart_is_left).then_some("the cart is gone"))
        .seen(moved)
        .mistake("The push stands where every run passes, or the dry run asks the gateway for something.")
        .why(WHY_DRY_RUN)
        .stop()
}

fn lines(page: &Page) -> Vec<&str> {
    page.samples().map(|sample| sample.line.as_str()).collect()
}
