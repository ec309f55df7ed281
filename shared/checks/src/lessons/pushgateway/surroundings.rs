//! Whatever becomes of what a run writes, and whatever is in its environment, the work, the push and the exit code are
//! the same.

use tempfile::TempDir;

use super::group::last_push;
use super::names::{EXPIRED, JOB};
use super::run::{ARGUMENTS, GATEWAY_FAILED, UNUSABLE, WORK_FAILED, gateway_url, succeeds};
use super::stub::{Reply, Stub};
use super::{carts, password};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, Reader, Run, open_shop};

const CARTS: usize = 2;

const READERS: [Reader; 2] = [Reader::Gone, Reader::NoRoom];

/// Judges runs.
pub(super) async fn do_not_matter(job: &Job) -> Outcome {
    let job = job.apart().await?;
    for reader in READERS {
        success_is_pushed(&job, reader).await?;
        for case in &RUNS {
            exit_code_stays(&job, reader, case).await?;
        }
    }
    cron_is_enough(&job).await
}

/// Judges `--delete-group`.
pub(super) async fn do_not_matter_to_deletions(job: &Job) -> Outcome {
    for reader in READERS {
        for case in &DELETIONS {
            exit_code_stays(job, reader, case).await?;
        }
    }
    Ok(())
}

async fn success_is_pushed(job: &Job, reader: Reader) -> Outcome {
    job.delete(&format!("job/{JOB}")).await?;
    let old = carts::open(job, CARTS, carts::OLD).await?;
    let run = job.run_unread(reader, &ARGUMENTS, job.database.url(), &gateway_url(job)).await?;
    let left = carts::left(job, &old).await?;
    let page = job.gateway.scrape().await?;
    let is_pushed = page.matching(EXPIRED, &[("job", JOB)]).any(|sample| sample.value == CARTS as f64);
    if run.code == Some(0) && left == 0 && is_pushed {
        return Ok(());
    }
    changes_nothing(&run, reader)
        .expected(format!("exit code 0 and {EXPIRED} {CARTS} on the gateway, in a run that expires {CARTS} carts"))
        .seen([format!("{left} of {CARTS} carts are left")])
        .seen(family_lines(&page, EXPIRED))
        .stop()
}

/// A run that has something to write about.
struct Case {
    words: &'static str,
    arguments: &'static [&'static str],
    /// Whether the run finds its database.
    has_database: bool,
    /// What the gateway answers.
    status: u16,
    /// How many requests it gets.
    requests: usize,
    code: i32,
}

const RUNS: [Case; 3] = [
    Case {
        words: "a run that does not find its database",
        arguments: &ARGUMENTS,
        has_database: false,
        status: 200,
        requests: 1,
        code: WORK_FAILED,
    },
    Case {
        words: "a run whose push is refused",
        arguments: &ARGUMENTS,
        has_database: true,
        status: 400,
        requests: 1,
        code: GATEWAY_FAILED,
    },
    Case {
        words: "an argument that nobody knows",
        arguments: &["--older-then", "1h"],
        has_database: true,
        status: 200,
        requests: 0,
        code: UNUSABLE,
    },
];

const DELETIONS: [Case; 2] = [
    Case {
        words: "a group that is deleted",
        arguments: &["--delete-group"],
        has_database: false,
        status: 202,
        requests: 1,
        code: 0,
    },
    Case {
        words: "a group whose deletion is refused",
        arguments: &["--delete-group"],
        has_database: false,
        status: 403,
        requests: 1,
        code: GATEWAY_FAILED,
    },
];

async fn exit_code_stays(job: &Job, reader: Reader, case: &Case) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(case.status, "as the check wants it")]).await?;
    let database = if case.has_database { job.database.url() } else { carts::NO_DATABASE };
    let url = password::gateway_url(&stub.address());
    let run = job.run_unread(reader, case.arguments, database, &url).await?;
    if run.code == Some(case.code) && stub.requests().len() == case.requests {
        return Ok(());
    }
    let requests = if case.requests == 0 { "no request" } else { "1 request" };
    changes_nothing(&run, reader)
        .expected(format!("exit code {} and {requests} to the gateway, for {}", case.code, case.words))
        .seen(stub.lines())
        .stop()
}

fn changes_nothing(run: &Run, reader: Reader) -> Failure {
    let place = match reader {
        Reader::Gone => "with standard output and standard error into a pipe that nobody reads",
        Reader::NoRoom => "with standard output and standard error into a file on a disk that is full",
    };
    Failure::change("Let a run go on when nobody can read what it writes.")
        .seen([place])
        .seen(run.lines())
        .mistake("`println!` and `eprintln!` panic where they cannot write, and other languages end the program by an error or a signal. `writeln!` returns the error, which may be let go here.")
        .why("A log that is rotated away, or a disk that is full, is no reason to leave the carts as they are. Nor to keep from the gateway that they are gone.")
}

/// In a folder with a `shop.db`.
async fn cron_is_enough(job: &Job) -> Outcome {
    let folder = TempDir::new().map_err(Stop::not_run)?;
    let url = format!("sqlite:{}", folder.path().join("shop.db").display());
    let store = open_shop(&url).await.map_err(Stop::not_run)?;
    let forgotten = sqlx::query("INSERT INTO carts (session, created_at, updated_at) VALUES ('forgotten', 0, 0)");
    forgotten.execute(store.pool()).await.map_err(Stop::not_run)?;
    let run = job.run_as_cron(&ARGUMENTS, folder.path(), &gateway_url(job)).await?;
    let count = sqlx::query_as("SELECT COUNT(*) FROM carts").fetch_one(store.pool()).await;
    let (left,): (i64,) = count.map_err(Stop::not_run)?;
    store.close().await;
    succeeds(&run)?;
    let page = last_push(job).await?;
    if left == 0 && page.sum(EXPIRED, &[]) == 1.0 {
        return Ok(());
    }
    Failure::change("Work on `sqlite:shop.db` where DATABASE_URL is not set.")
        .expected(format!("the abandoned cart in the `shop.db` of the folder is gone, and {EXPIRED} is 1"))
        .seen(run.lines())
        .seen([format!("{left} of 1 carts are left")])
        .seen(family_lines(&page, EXPIRED))
        .mistake("Another file is the default. Or something is taken from the environment that cron does not have.")
        .why("What works by hand, and does not by night, is not noticed for long.")
        .stop()
}
