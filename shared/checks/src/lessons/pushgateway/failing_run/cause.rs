//! One of the many things that keep a database from doing the work.

use std::fs;

use sqlx::{AssertSqlSafe, Executor};
use tempfile::TempDir;

use super::super::names::STEPS;
use super::super::run::{ARGUMENTS, WORK_FAILED, run_with};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, Run};

/// What the database says when it refuses a deletion. Nobody else can know it.
pub(super) const OBJECTION: &str = "the auditors want to see this cart first";
const SQLITE_OBJECTS: [&str; 1] = [
    "CREATE TRIGGER objection BEFORE DELETE ON carts BEGIN SELECT RAISE(ABORT, 'the auditors want to see this cart first'); END",
];
const POSTGRES_OBJECTS: [&str; 2] = [
    "CREATE FUNCTION object() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the auditors want to see this cart first''; END'",
    "CREATE TRIGGER objection BEFORE DELETE ON carts FOR EACH ROW EXECUTE FUNCTION object()",
];

/// Why the database does not do the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// `DATABASE_URL` is no URL.
    NoUrl,
    /// It is the URL of a database that the shop does not know.
    UnknownDatabase,
    /// It names a folder.
    Folder,
    /// It names a file that is not there.
    NoFile,
    /// It names a file that is no database.
    NoDatabase,
    /// The database has no carts.
    NoTable,
    /// It says no, and why.
    Objection,
}

impl Cause {
    /// A program may look at its URL before its first step.
    pub(super) fn steps(self) -> Option<&'static [&'static str]> {
        match self {
            Self::NoUrl | Self::UnknownDatabase | Self::Folder | Self::NoFile | Self::NoDatabase => None,
            Self::NoTable | Self::Objection => Some(&STEPS[..2]),
        }
    }

    /// As somebody would write it down.
    fn words(self) -> &'static str {
        match self {
            Self::NoUrl => "DATABASE_URL=nowhere",
            Self::UnknownDatabase => "DATABASE_URL of MySQL, which the shop does not know",
            Self::Folder => "DATABASE_URL that names a folder",
            Self::NoFile => "DATABASE_URL that names a file which is not there",
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
            Self::NoFile => {
                let file = folder.path().join("misspelt.db");
                run_with(job, &ARGUMENTS, &format!("sqlite:{}", file.display()), gateway_url).await
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
        if self == Self::NoFile {
            return founds_a_shop(run).stop();
        }
        Failure::change("End a run whose work failed with exit code 1, whatever the cause.")
            .expected(format!("exit code 1, for {}", self.words()))
            .seen(run.lines())
            .mistake("One of the ways to fail is taken out of the work: it is looked at before the run begins, and ends it with a code of its own, and without a push. Or its error is taken for \"nothing to do\". A panic ends it with 101.")
            .why("A password that was changed, a disk that is full, a slip in DATABASE_URL: each of them means that the carts are still there tomorrow. 2 promises that nothing would have helped but another command.")
            .stop()
    }
}

fn founds_a_shop(run: &Run) -> Failure {
    Failure::change("Let a run on a database that is not there fail, and make none.")
        .expected(format!("exit code 1, for {}", Cause::NoFile.words()))
        .seen(run.lines())
        .mistake("The job opens the database as the shop does, which makes what is not there: the file, the tables, and a catalogue. `Store::connect` does so, `Store::open` does not.")
        .why("A job that cron starts in the wrong folder, or with a slip in DATABASE_URL, would succeed each night, on nothing. Nobody would see that the shop's own carts stay.")
}

async fn execute(job: &Job, statements: &[&'static str]) -> Outcome {
    for statement in statements {
        job.store.pool().execute(AssertSqlSafe(*statement)).await.map_err(Stop::not_run)?;
    }
    Ok(())
}
