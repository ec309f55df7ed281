//! A signal while the commit is on its way, or just behind it.

use std::time::Duration;

use exposition::Page;
use nix::sys::signal::Signal;
use tokio::process::Child;
use tokio::time::{Instant, sleep};

use super::super::names::{EXPIRED, JOB, LAST_RUN, LAST_SUCCESS};
use super::super::run::{ARGUMENTS, WORK_FAILED, gateway_url};
use super::super::step_durations::slow_commit;
use super::super::{carts, signals};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, Run, wait_for};

const POLL_INTERVAL: Duration = Duration::from_millis(1);
const AGAIN: Duration = Duration::from_millis(3);
/// How long a run may take until it commits.
const PATIENCE: Duration = Duration::from_secs(20);
const CARTS: usize = 2;
/// PostgreSQL, which is told to commit, and is not done yet.
const COMMITS: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query ILIKE 'commit%'";

/// What the exit code and the push tell must be what is true in the database.
pub(super) async fn work_is_told(job: &Job) -> Outcome {
    let job = job.apart().await?;
    for signal in signals::SIGNALS {
        is_told(&job.with_another_database().await?, signal).await?;
    }
    Ok(())
}

async fn is_told(job: &Job, signal: Signal) -> Outcome {
    let old = carts::open(job, CARTS, carts::OLD).await?;
    slow_commit::make_commits_slow(job).await?;
    job.delete(&format!("job/{JOB}")).await?;
    let clock = Instant::now();
    let mut child = job.start(&ARGUMENTS, job.database.url(), &gateway_url(job))?;
    wait_for_commit(job, &old[..1], &mut child).await?;
    // Again and again, as somebody does who sees no end.
    while matches!(child.try_wait(), Ok(None)) && clock.elapsed() < PATIENCE {
        signals::send(signal, &child);
        sleep(AGAIN).await;
    }
    let run = wait_for(child, &ARGUMENTS).await?;
    // Behind a commit that goes on without the run that asked for it.
    let lock = job.lock_writes().await?;
    lock.release().await.map_err(Stop::not_run)?;
    let left = carts::left(job, &old).await?;
    let page = job.gateway.scrape().await?;
    if is_true(&run, &page, left) {
        return Ok(());
    }
    Failure::change("Let a commit that has begun come to its end, also when a signal comes.")
        .expected(format!("after {signal} during the commit, and again until the end: exit code 0 or 3 and {CARTS} carts pushed, if anything is, if they are gone, or exit code 1 and 0 carts pushed if they are all there"))
        // Whether the push of it, or a word on that, was stopped by a later signal, is a matter of chance.
        .seen(run.lines().into_iter().take(2))
        .seen([format!("{left} of {CARTS} carts are left")])
        .seen(family_lines(&page, LAST_SUCCESS))
        .mistake("The wait for the commit is stopped (`until_stopped(transaction.commit())`), but the database has been told to commit, and does so. Or a signal that came meanwhile is looked at afterwards, and a run that is done already is called stopped.")
        .why("Before the commit, to stop is to undo. Behind it, nothing can be undone any more. A run that says \"no cart is expired\" sends somebody to do again what is done.")
        .stop()
}

async fn wait_for_commit(job: &Job, old: &[shop::Session], child: &mut Child) -> Outcome {
    let deadline = Instant::now() + PATIENCE;
    let is_sqlite = job.database.url().starts_with("sqlite");
    while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
        if carts::left(job, old).await? == 0 || (!is_sqlite && commits(job).await?) {
            break;
        }
        sleep(POLL_INTERVAL).await;
    }
    Ok(())
}

async fn commits(job: &Job) -> Outcome<bool> {
    let (count,): (i64,) = sqlx::query_as(COMMITS).fetch_one(job.store.pool()).await.map_err(Stop::not_run)?;
    Ok(count > 0)
}

fn is_true(run: &Run, page: &Page, left: usize) -> bool {
    let expired = page.matching(EXPIRED, &[("job", JOB)]).map(|sample| sample.value).next();
    let has_success = page.matching(LAST_SUCCESS, &[("job", JOB)]).next().is_some();
    let is_pushed = page.matching(LAST_RUN, &[("job", JOB)]).next().is_some();
    let is_told_done = is_pushed && has_success && expired == Some(CARTS as f64);
    match run.code {
        Some(WORK_FAILED) => left == CARTS && !has_success && expired.is_none_or(|carts| carts == 0.0),
        // It was ended before it listened.
        None => left == CARTS && !is_pushed,
        // How a push that was stopped ends, other checks judge.
        Some(_) => left == 0 && (is_told_done || !is_pushed),
    }
}
