//! `--older-than`: which carts expire.

use std::time::Duration;

use exposition::Page;
use shop::Session;
use tokio::time::sleep;

use super::carts;
use super::group::last_push;
use super::names::{DURATION, EXPIRED};
use super::run::{ARGUMENTS, UNUSABLE, gateway_url, names_number, run, succeeds};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, Run, wait_for};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
const WHY: &str =
    "A customer who is still shopping must not lose a cart, and one that is abandoned must not stay for ever.";

const OLDEST: Duration = Duration::from_secs(9 * 365 * DAY);

/// For how long a run is kept waiting. One that began late, as its duration tells, may have found nothing by the end of
/// that, and shown nothing. Then the next one waits longer. SQLite waits five seconds before it gives up.
const HOLDS: [Duration; 3] = [Duration::from_millis(600), Duration::from_millis(1500), Duration::from_millis(4000)];
/// More carts than a line of output names by chance.
const MANY: usize = 13;

/// What is typed, and for how long nobody has touched a cart that then expires, and one that stays.
pub(super) struct Age<'a> {
    pub(super) arguments: &'a [&'a str],
    pub(super) old: Duration,
    pub(super) young: Duration,
}

/// From the oldest to the youngest, so that what stays in one run is in nobody's way in the next, nor in a run of other
/// checks.
const AGES: [Age<'static>; 4] = [
    Age {
        arguments: &["--older-than", "7d"],
        old: Duration::from_secs(7 * DAY + HOUR),
        young: Duration::from_secs(7 * DAY - HOUR),
    },
    Age { arguments: &[], old: Duration::from_secs(DAY + HOUR), young: Duration::from_secs(DAY - HOUR) },
    Age { arguments: &["--older-than", "45m"], old: Duration::from_secs(50 * 60), young: Duration::from_secs(40 * 60) },
    // Young enough for a while, on a machine that is busy.
    Age { arguments: &["--older-than", "100s"], old: Duration::from_secs(110), young: Duration::from_secs(75) },
];

/// No cart is that old, and no calendar begins that early.
const TOO_LONG: [&str; 2] = ["--older-than", "3000y"];

/// Judges other ages than the one of most runs.
pub(super) async fn are_obeyed(job: &Job) -> Outcome {
    for age in AGES {
        let old = carts::open(job, 1, age.old).await?;
        let young = carts::open(job, 1, age.young).await?;
        let run = run(job, age.arguments).await?;
        succeeds(&run)?;
        is_obeyed(job, &age, &run, [&old, &young]).await?;
    }
    nothing_is_that_old(job).await
}

/// A program may find that too long, and say so.
async fn nothing_is_that_old(job: &Job) -> Outcome {
    let old = carts::open(job, 1, OLDEST).await?;
    let run = run(job, &TOO_LONG).await?;
    let left = carts::left(job, &old).await?;
    carts::close(job, &old).await?;
    if left == old.len() && matches!(run.code, Some(0 | UNUSABLE)) {
        return Ok(());
    }
    Failure::change("Let a long `--older-than` expire only what is older than that.")
        .expected("exit code 0, or 2 for what cannot be used, and a cart of 9 years ago is still there")
        .seen(run.lines())
        .seen([format!("{left} of {} carts are left", old.len())])
        .mistake("The time now, less 3000 years, is below 0: the number wraps around, or is too large for its type.")
        .why(WHY)
        .stop()
}

/// Ends the check unless exactly the old ones of these carts are gone.
pub(super) async fn is_obeyed(job: &Job, age: &Age<'_>, run: &Run, [old, young]: [&[Session]; 2]) -> Outcome {
    let [old_left, young_left] = [carts::left(job, old).await?, carts::whole(job, young).await?];
    if old_left == 0 && young_left == young.len() {
        return Ok(());
    }
    let with = match age.arguments {
        [] => "without `--older-than`, which is 24 hours".to_owned(),
        arguments => format!("with `{}`", arguments.join(" ")),
    };
    let [old_age, young_age] = [age.old, age.young].map(words);
    Failure::change("Let exactly the carts expire that nobody has touched for longer than `--older-than`.")
        .expected(format!("{with}: a cart that was touched {old_age} ago expires, one of {young_age} ago stays"))
        .seen(run.lines())
        .seen([
            format!("{old_left} of {} carts of {old_age} ago are left", old.len()),
            format!("{young_left} of {} carts of {young_age} ago are left, with all that is in them", young.len()),
        ])
        .mistake(
            "The condition was changed, or the way in which `--older-than` is read, or the transaction is not committed any more. Compare with the lesson's start.",
        )
        .why(WHY)
        .stop()
}

fn words(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds.is_multiple_of(HOUR) => format!("{} hours", seconds / HOUR),
        seconds if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

/// The run has to wait while a customer touches a cart that was old when the run began. It has a database and a gateway
/// of its own, so that others can be judged meanwhile.
pub(super) async fn customer_who_comes_back_keeps_the_cart(job: &Job) -> Outcome {
    let job = &job.apart().await?;
    for hold in HOLDS {
        let page = cart_is_kept(job, hold).await?;
        if page.sum(DURATION, &[]) >= hold.as_secs_f64() * 0.75 {
            break;
        }
    }
    Ok(())
}

/// Returns what the run has pushed.
async fn cart_is_kept(job: &Job, hold: Duration) -> Outcome<Page> {
    let carts = carts::open(job, MANY, carts::OLD).await?;
    let mut lock = job.lock_writes().await?;
    let run = job.start(&ARGUMENTS, job.database.url(), &gateway_url(job))?;
    sleep(hold).await;
    for cart in &carts {
        carts::touch(&mut *lock.connection(), cart, Duration::ZERO).await?;
    }
    lock.commit().await.map_err(Stop::not_run)?;
    let run = wait_for(run, &ARGUMENTS).await?;
    let left = carts::left(job, &carts).await?;
    if left != carts.len() {
        return Failure::change("Find the old carts and delete them in one statement.")
            .expected("a cart stays whose customer comes back while the job waits for the database")
            .seen(run.lines())
            .seen([format!("{left} of {} carts are left", carts.len())])
            .mistake("The old carts are looked up first, and deleted later by what was found, without another look at when they were touched.")
            .why(WHY)
            .stop();
    }
    let page = last_push(job).await?;
    if page.sum(EXPIRED, &[]) == 0.0 && !names_number(&run.said, &job.gateway.address(), MANY) {
        return Ok(page);
    }
    Failure::change("Take the number of expired carts from the deletion itself.")
        .expected(format!("{EXPIRED} 0, and no word of {MANY} carts, when the customers of {MANY} old carts come back while the job waits for the database"))
        .seen(run.lines())
        .seen(family_lines(&page, EXPIRED))
        .mistake("The carts are counted by a statement of its own, before the one that deletes them.")
        .why("Between two statements, customers come back, and other runs delete. Only the deletion knows what it has deleted.")
        .stop()
}
