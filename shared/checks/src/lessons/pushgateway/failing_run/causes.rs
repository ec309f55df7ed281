//! All the ways in which the work fails, and the exit code and the push that are the same for all of them.

use std::fs;

use sqlx::{AssertSqlSafe, Executor};
use tempfile::TempDir;

use super::super::group::last_push;
use super::super::names::{JOB, STEPS};
use super::super::one_group::{brings_the_password, keeps_the_path};
use super::super::run::{ARGUMENTS, WORK_FAILED, gateway_url, run_with, succeed};
use super::super::stub::{Reply, Stub};
use super::super::{carts, password};
use super::{Trouble, fails, last_success};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, Run};

/// What the database says when it refuses a deletion. Nobody else can know it.
const OBJECTION: &str = "the auditors want to see this cart first";
const SQLITE_OBJECTS: [&str; 1] = [
    "CREATE TRIGGER objection BEFORE DELETE ON carts BEGIN SELECT RAISE(ABORT, 'the auditors want to see this cart first'); END",
];
const POSTGRES_OBJECTS: [&str; 2] = [
    "CREATE FUNCTION object() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the auditors want to see this cart first''; END'",
    "CREATE TRIGGER objection BEFORE DELETE ON carts FOR EACH ROW EXECUTE FUNCTION object()",
];
/// Where a gateway behind a proxy is.
const PREFIX: &str = "/monitoring/gateway";

/// Why the database does not do the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// `DATABASE_URL` is no URL.
    NoUrl,
    /// It is the URL of a database that the shop does not know.
    UnknownDatabase,
    /// It names a folder.
    Folder,
    /// It names a file that is no database.
    NoDatabase,
    /// The database has no carts.
    NoTable,
    /// It says no, and why.
    Objection,
}

const CAUSES: [Cause; 6] =
    [Cause::NoUrl, Cause::UnknownDatabase, Cause::Folder, Cause::NoDatabase, Cause::NoTable, Cause::Objection];

pub(super) async fn are_told(job: &Job) -> Outcome {
    let job = job.apart().await?;
    first_run_has_no_success(&job).await?;
    let success = succeed(&job).await?;
    carts::open(&job, 1, carts::OLD).await?;
    for cause in &CAUSES {
        let failed = fails(&job, &success, Trouble::Cause(cause)).await?;
        if *cause == Cause::Objection {
            reason_is_told(&failed.run)?;
        }
    }
    is_at_the_url(&job).await
}

/// On a gateway that has never heard of the job.
async fn first_run_has_no_success(job: &Job) -> Outcome {
    run_with(job, &ARGUMENTS, carts::NO_DATABASE, &gateway_url(job)).await?;
    last_success::is_not_made_up(&last_push(job).await?)?;
    job.delete(&format!("job/{JOB}")).await
}

/// The push of a run that failed goes to where all others go.
async fn is_at_the_url(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(200, "")]).await?;
    let url = password::gateway_url(&(stub.address() + PREFIX));
    let run = run_with(job, &ARGUMENTS, carts::NO_DATABASE, &url).await?;
    keeps_the_path(&run, &stub, PREFIX, PREFIX)?;
    brings_the_password(&run, &stub)
}

impl Cause {
    /// A program may look at its URL before its first step.
    pub(super) fn steps(self) -> Option<&'static [&'static str]> {
        match self {
            Self::NoUrl | Self::UnknownDatabase | Self::Folder | Self::NoDatabase => None,
            Self::NoTable | Self::Objection => Some(&STEPS[..2]),
        }
    }

    /// As somebody would write it down.
    fn words(self) -> &'static str {
        match self {
            Self::NoUrl => "DATABASE_URL=nowhere",
            Self::UnknownDatabase => "DATABASE_URL of MySQL, which the shop does not know",
            Self::Folder => "DATABASE_URL that names a folder",
            Self::NoDatabase => "DATABASE_URL that names a file which is no database",
            Self::NoTable => "a database without carts",
            Self::Objection => "a database that refuses the deletion",
        }
    }

    pub(super) async fn run(self, job: &Job, gateway_url: &str) -> Outcome<Run> {
        let folder = TempDir::new().map_err(Stop::not_run)?;
        let own = job.database.url();
        match self {
            Self::NoUrl => run_with(job, &ARGUMENTS, "nowhere", gateway_url).await,
            Self::UnknownDatabase => run_with(job, &ARGUMENTS, "mysql://127.0.0.1:1/shop", gateway_url).await,
            Self::Folder => {
                run_with(job, &ARGUMENTS, &format!("sqlite:{}", folder.path().display()), gateway_url).await
            }
            Self::NoDatabase => {
                let file = folder.path().join("shop.db");
                fs::write(&file, "carts: none\n".repeat(1000)).map_err(Stop::not_run)?;
                run_with(job, &ARGUMENTS, &format!("sqlite:{}", file.display()), gateway_url).await
            }
            Self::NoTable => {
                execute(job, &["ALTER TABLE carts RENAME TO carts_away"]).await?;
                let run = run_with(job, &ARGUMENTS, own, gateway_url).await;
                execute(job, &["ALTER TABLE carts_away RENAME TO carts"]).await?;
                run
            }
            Self::Objection if own.starts_with("sqlite") => {
                execute(job, &SQLITE_OBJECTS).await?;
                let run = run_with(job, &ARGUMENTS, own, gateway_url).await;
                execute(job, &["DROP TRIGGER objection"]).await?;
                run
            }
            Self::Objection => {
                execute(job, &POSTGRES_OBJECTS).await?;
                let run = run_with(job, &ARGUMENTS, own, gateway_url).await;
                execute(job, &["DROP TRIGGER objection ON carts", "DROP FUNCTION object"]).await?;
                run
            }
        }
    }

    pub(super) fn is_told_by_exit_code(self, run: &Run) -> Outcome {
        if run.code == Some(WORK_FAILED) {
            return Ok(());
        }
        Failure::change("End a run whose work failed with exit code 1, whatever the cause.")
            .expected(format!("exit code 1, for {}", self.words()))
            .seen(run.lines())
            .mistake("One of the ways to fail is taken out of the work: it is looked at before the run begins, and ends it with a code of its own, and without a push. Or its error is taken for \"nothing to do\". A panic ends it with 101.")
            .why("A password that was changed, a disk that is full, a slip in DATABASE_URL: each of them means that the carts are still there tomorrow. 2 promises that nothing would have helped but another command.")
            .stop()
    }
}

async fn execute(job: &Job, statements: &[&'static str]) -> Outcome {
    for statement in statements {
        job.store.pool().execute(AssertSqlSafe(*statement)).await.map_err(Stop::not_run)?;
    }
    Ok(())
}

fn reason_is_told(run: &Run) -> Outcome {
    if run.complained.contains(OBJECTION) {
        return Ok(());
    }
    Failure::change("Say on standard error why the work failed, in the words of the database.")
        .expected(format!("`{OBJECTION}` on standard error: the database has given that as its reason"))
        .seen(run.lines())
        .mistake("The error is replaced by a sentence of one's own, or only the outermost of several is printed: `{error}` shows one, and `{error:#}` of anyhow all of them.")
        .why("\"The work failed\" sends somebody to look for a reason. The database knows it, and has said it.")
        .stop()
}
