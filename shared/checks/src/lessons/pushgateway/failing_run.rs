//! A run that fails says so, and leaves the last success alone.

mod causes;
#[cfg(unix)]
mod committed;
mod half_done;
mod last_success;
mod left_over;
#[cfg(unix)]
mod stopped;

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use shop::Session;

use super::carts::{self, Refusal};
use super::group::last_push;
use super::names::{CLOSED, DURATION, EXPIRED, LAST_RUN, STEP_DURATION, STEPS};
use super::run::{ARGUMENTS, WORK_FAILED, names_number, run_with, succeed};
use super::stub::{Reply, Stub};
use super::wire::{Manner, Wire};
use super::{password, stamps, steps};
use crate::exposition::Page;
use crate::lessons::lines::family_lines;
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const WHY: &str = "\"It ran and failed\" and \"it did not run at all\" have different causes, and different people to call. The last success must stay through both: the alert is on its age.";

/// A stamp of whole seconds moves within this time.
const COARSEST_STAMP: Duration = Duration::from_secs(1);
/// More carts than a line of output names by chance.
const MANY: usize = 13;
/// For how long a database says nothing before it hangs up. The shop waits five seconds for a connection.
const SLOW_CONNECTION: Duration = Duration::from_millis(1500);
/// Clocks are read one after the other, and values may be rounded to milliseconds.
const TOLERANCE: f64 = 0.005;

/// Why a run fails.
#[derive(Clone, Copy)]
enum Trouble<'a> {
    /// One of these carts cannot be deleted.
    Disputed(&'a [Session], Refusal),
    /// There is no such folder.
    NoFolder,
    /// Nobody listens at the database's port.
    Refused,
    /// The database takes the connection, says nothing for long, and hangs up.
    Slow,
    /// One of the other things that keep a database from doing the work.
    Cause(&'a causes::Cause),
    /// A signal comes.
    #[cfg(unix)]
    Stopped(&'a stopped::Moment),
}

/// A run that failed, and what the gateway shows then.
struct Failed {
    run: Run,
    page: Page,
    /// When it began, in seconds since the epoch.
    started: f64,
    /// How long it took, seen from outside, in seconds.
    took: f64,
    /// The requests that it sent to the gateway, and how many of them change something.
    requests: Vec<String>,
    changes: usize,
}

pub(super) async fn is_pushed(job: &Job) -> Outcome {
    carts::open(job, 3, carts::OLD).await?;
    let success = succeed(job).await?;
    let old = carts::open(job, MANY, carts::OLD).await?;
    fails(job, &success, Trouble::Disputed(&old, Refusal::AtOnce)).await?;
    half_done::is_nothing(job, &old).await?;
    fails(job, &success, Trouble::NoFolder).await?;
    fails(job, &success, Trouble::Disputed(&old, Refusal::AtCommit)).await?;
    half_done::is_nothing(job, &old).await?;
    fails(job, &success, Trouble::Refused).await?;
    // Most of these wait. Each has a gateway and a database of its own.
    parts::side_by_side([
        slow_connection_is_timed(job, &success).boxed(),
        causes::are_told(job).boxed(),
        #[cfg(unix)]
        stopped::run_is_undone(job).boxed(),
        #[cfg(unix)]
        stopped::connection_is_given_up(job).boxed(),
        #[cfg(unix)]
        committed::work_is_told(job).boxed(),
    ])
    .await
}

/// Lets the job fail after a success, and judges what the gateway shows then.
async fn fails(job: &Job, success: &Page, trouble: Trouble<'_>) -> Outcome<Failed> {
    let before = last_push(job).await?.sum(LAST_RUN, &[]);
    left_over::leave_behind(job).await?;
    let failed = run_until_stamp_moves(job, trouble, before).await?;
    let Failed { run, page, .. } = &failed;
    trouble.is_told_by_exit_code(run, page)?;
    last_run_moves(run, before, page)?;
    stamps::is_of_the_run(page, LAST_RUN, failed.started)?;
    last_success::stays(success, page)?;
    no_carts_expired(page)?;
    if let Some(wanted) = trouble.steps() {
        left_over::is_nothing(page)?;
        steps::are(page, wanted, trouble.words())?;
    }
    duration_is_of_the_run(page, failed.took)?;
    pushes_once(&failed)?;
    says_why(run)?;
    claims_nothing(run, &job.gateway.address())?;
    Ok(failed)
}

impl Trouble<'_> {
    /// The steps that the run comes to, the one that fails among them. None where a program may find out before them.
    fn steps(self) -> Option<&'static [&'static str]> {
        match self {
            Self::NoFolder | Self::Refused | Self::Slow => Some(&STEPS[..1]),
            Self::Disputed(_, Refusal::AtOnce) => Some(&STEPS[..2]),
            Self::Disputed(_, Refusal::AtCommit) => Some(&STEPS),
            Self::Cause(cause) => cause.steps(),
            #[cfg(unix)]
            Self::Stopped(moment) => Some(moment.steps()),
        }
    }

    /// Such a run, for an explanation.
    fn words(self) -> &'static str {
        match self {
            Self::NoFolder | Self::Refused | Self::Slow => "a run that failed to connect",
            Self::Disputed(_, Refusal::AtOnce) => "a run whose deletion the database refused",
            Self::Disputed(_, Refusal::AtCommit) => "a run whose commit the database refused",
            Self::Cause(_) => "a run that failed to expire anything",
            #[cfg(unix)]
            Self::Stopped(moment) => moment.words(),
        }
    }

    fn is_told_by_exit_code(self, run: &Run, page: &Page) -> Outcome {
        match self {
            #[cfg(unix)]
            Self::Stopped(moment) => moment.is_told(run, page),
            Self::Cause(cause) => cause.is_told_by_exit_code(run),
            _ => exit_code_is_of_failed_work(run),
        }
    }

    async fn run(self, job: &Job, gateway_url: &str) -> Outcome<Run> {
        match self {
            Self::Disputed(sessions, refusal) => carts::run_on_disputed(job, sessions, refusal, gateway_url).await,
            Self::NoFolder => run_with(job, &ARGUMENTS, carts::NO_DATABASE, gateway_url).await,
            Self::Refused => run_with(job, &ARGUMENTS, &password::database_url(CLOSED), gateway_url).await,
            Self::Slow => {
                let database = Wire::start(vec![Manner::HangUp(SLOW_CONNECTION)]).await?;
                let database_url = password::database_url_with_query(&database.address());
                run_with(job, &ARGUMENTS, &database_url, gateway_url).await
            }
            Self::Cause(cause) => cause.run(job, gateway_url).await,
            #[cfg(unix)]
            Self::Stopped(moment) => moment.run(job, gateway_url).await,
        }
    }
}

async fn run_until_stamp_moves(job: &Job, trouble: Trouble<'_>, last_run: f64) -> Outcome<Failed> {
    let start = Instant::now();
    loop {
        let is_late = start.elapsed() > COARSEST_STAMP;
        let stub = Stub::start(vec![Reply::PassTo(job.gateway.base_url().to_owned())]).await?;
        let (started, clock) = (stamps::now(), Instant::now());
        let run = trouble.run(job, &password::gateway_url(&stub.address())).await?;
        let took = clock.elapsed().as_secs_f64();
        let page = last_push(job).await?;
        if is_late || page.sum(LAST_RUN, &[]) > last_run {
            return Ok(Failed { run, page, started, took, requests: stub.lines(), changes: stub.changes().len() });
        }
    }
}

fn exit_code_is_of_failed_work(run: &Run) -> Outcome {
    if run.code == Some(WORK_FAILED) {
        return Ok(());
    }
    if run.code != Some(0) {
        return Failure::change("End a run whose work failed with exit code 1.")
            .expected("exit code 1, when the database refuses the work, or is not there, and the gateway takes the push")
            .seen(run.lines())
            .mistake("Another code was taken. A panic ends a program with 101, for example, and a `main` that returns an error with 1.")
            .why("Whoever starts the job reads the code, and nothing else: 1 says that the work is to be done again.")
            .stop();
    }
    Failure::change("End a run that fails with an exit code other than 0.")
        .expected("an exit code that is not 0, when the database refuses the work, or is not there")
        .seen(run.lines())
        .mistake("The error is printed, or pushed, and then forgotten.")
        .why("cron and Kubernetes know nothing of a job but its exit code. They would take this run for a success.")
        .stop()
}

fn last_run_moves(run: &Run, before: f64, page: &Page) -> Outcome {
    if page.sum(LAST_RUN, &[]) > before {
        return Ok(());
    }
    Failure::change("Push the result of a run that fails, too.")
        .expected(format!("{LAST_RUN} above {before:.3}, after a run that failed later"))
        .seen(run.lines())
        .seen(family_lines(page, LAST_RUN))
        .mistake("A `?` ends the run before the push, so that only a success is pushed.")
        .why(WHY)
        .stop()
}

fn no_carts_expired(page: &Page) -> Outcome {
    if page.family(EXPIRED).is_some() && page.sum(EXPIRED, &[]) == 0.0 {
        return Ok(());
    }
    Failure::change("Push that a failing run has expired 0 carts.")
        .expected(format!("{EXPIRED} 0, after a run that failed"))
        .seen(family_lines(page, EXPIRED))
        .mistake("The gauge is set before the work is committed, or it is left out, so that the number of the last success stays.")
        .why("Together with the stamp of this run, the number reads as if this run had done that work.")
        .stop()
}

fn duration_is_of_the_run(page: &Page, took: f64) -> Outcome {
    let [run, steps] = [DURATION, STEP_DURATION].map(|name| page.sum(name, &[]));
    if run > 0.0 && run <= took && steps <= run + TOLERANCE {
        return Ok(());
    }
    Failure::change("Push how long a failing run took, in seconds, as of any other run.")
        .expected(format!("{DURATION} above 0, and at most {took:.3}, which the whole process took, and its steps together at most as long"))
        .seen(family_lines(page, DURATION))
        .seen(family_lines(page, STEP_DURATION))
        .mistake("A run that fails has a way of its own to its duration: another unit, or a constant.")
        .why("A run that fails after an hour and one that fails at once have different causes.")
        .stop()
}

async fn slow_connection_is_timed(job: &Job, success: &Page) -> Outcome {
    connection_is_slow(&fails(job, success, Trouble::Slow).await?)
}

fn connection_is_slow(failed: &Failed) -> Outcome {
    // Less than the pause: clocks differ a little.
    let least = SLOW_CONNECTION.as_secs_f64() * 0.9;
    let [run, connect] = [failed.page.sum(DURATION, &[]), failed.page.sum(STEP_DURATION, &[("step", "connect")])];
    if run >= least && connect >= least {
        return Ok(());
    }
    Failure::change("Time a step that fails, from its begin to its failure.")
        .expected(format!("{DURATION} and the step `connect` of {least} s or more, with a database that took the connection, said nothing for {} s, and hung up", SLOW_CONNECTION.as_secs_f64()))
        .seen(family_lines(&failed.page, DURATION))
        .seen(family_lines(&failed.page, STEP_DURATION))
        .mistake("The clock is read too late or too early, or a step that fails gets a fixed value.")
        .why("A database that answers slowly, and then not at all, is the failure that one has to tell from all others.")
        .stop()
}

fn pushes_once(failed: &Failed) -> Outcome {
    if failed.changes == 1 {
        return Ok(());
    }
    Failure::change("Push a run that failed once, at its end, and send nothing else that changes the group.")
        .expected("1 request that changes the group: the push")
        .seen(failed.run.lines())
        .seen(failed.requests.iter().cloned())
        .mistake("Look at the requests: a push at the begin of the run, one for each step, or a deletion beside it.")
        .why("Prometheus may look between any two of them, and see a group that is true of no run.")
        .stop()
}

fn says_why(run: &Run) -> Outcome {
    if !run.complained.trim().is_empty() {
        return Ok(());
    }
    Failure::change("Say on standard error why the work failed.")
        .expected("a reason on standard error, after a run that failed")
        .seen(run.lines())
        .seen(["nothing on standard error"])
        .mistake("The error ends in the exit code and in the metrics, and is printed nowhere, or on standard output.")
        .why("The metrics say that it failed. Only the job itself knows why, and it is gone.")
        .stop()
}

fn claims_nothing(run: &Run, gateway: &str) -> Outcome {
    if !names_number(&run.said, gateway, MANY) {
        return Ok(());
    }
    Failure::change("Say how many carts have expired once the work is committed.")
        .expected(format!("no word of {MANY} carts on standard output, after a run that failed and expired none"))
        .seen(run.lines())
        .mistake("The result is printed before the commit, and the commit fails.")
        .why("Whoever reads the log believes the first line, and does not look at the last one.")
        .stop()
}
