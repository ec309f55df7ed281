//! Why a run fails.

use std::time::Duration;

use exposition::Page;
use shop::Session;

use super::super::carts::{self, Refusal};
use super::super::names::{CLOSED, STEPS};
use super::super::password;
use super::super::run::{ARGUMENTS, WORK_FAILED, run_with};
use super::super::wire::{Manner, Wire};
use super::cause::Cause;
#[cfg(unix)]
use super::moment::Moment;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

/// For how long a database says nothing before it hangs up: much longer than a busy machine takes to connect. The shop
/// waits five seconds for a connection.
pub(super) const SLOW_CONNECTION: Duration = Duration::from_millis(1500);

/// Why a run fails.
#[derive(Clone, Copy)]
pub(super) enum Trouble<'a> {
    /// One of these carts cannot be deleted.
    Disputed(&'a [Session], Refusal),
    /// There is no such folder.
    NoFolder,
    /// Nobody listens at the database's port.
    Refused,
    /// The database takes the connection, says nothing for long, and hangs up.
    Slow,
    /// One of the other things that keep a database from doing the work.
    Cause(&'a Cause),
    /// A signal comes.
    #[cfg(unix)]
    Stopped(&'a Moment),
}

impl Trouble<'_> {
    /// The steps that the run comes to, the one that fails among them. None where a program may find out before them.
    pub(super) fn steps(self) -> Option<&'static [&'static str]> {
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
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::NoFolder | Self::Refused | Self::Slow => "a run that failed to connect",
            Self::Disputed(_, Refusal::AtOnce) => "a run whose deletion the database refused",
            Self::Disputed(_, Refusal::AtCommit) => "a run whose commit the database refused",
            Self::Cause(_) => "a run that failed to expire anything",
            #[cfg(unix)]
            Self::Stopped(moment) => moment.words(),
        }
    }

    pub(super) fn is_told_by_exit_code(self, run: &Run, page: &Page) -> Outcome {
        match self {
            #[cfg(unix)]
            Self::Stopped(moment) => moment.is_told(run, page),
            Self::Cause(cause) => cause.is_told_by_exit_code(run),
            _ => exit_code_is_of_failed_work(run),
        }
    }

    pub(super) async fn run(self, job: &Job, gateway_url: &str) -> Outcome<Run> {
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
