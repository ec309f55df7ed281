//! `--dry-run`: it changes nothing, pushes nothing, and says what would happen.

use exposition::Page;
use tempfile::TempDir;

use super::group::last_push;
use super::names::CLOSED;
use super::run::{ARGUMENTS, UNUSABLE, WORK_FAILED, gateway_url, names_number, run, run_with};
use super::stub::{Reply, Stub};
use super::{carts, password};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::{Job, Run, open_shop};

const DRY_RUN: [&str; 3] = [ARGUMENTS[0], ARGUMENTS[1], "--dry-run"];
/// More carts than a line of output names by chance.
const MANY: usize = 17;
/// Where a push goes when nobody says otherwise.
const DEFAULT_GATEWAY: &str = "localhost:9091";

const WHY: &str = "A dry run is there to be typed without a second thought, in production too.";

pub(super) async fn changes_nothing(job: &Job) -> Outcome {
    let carts = carts::open(job, MANY, carts::OLD).await?;
    let before = last_push(job).await?;
    let run = run(job, &DRY_RUN).await?;
    let after = last_push(job).await?;
    let (before, after) = (lines(&before), lines(&after));
    let left = carts::left(job, &carts).await?;
    if run.code != Some(0) || before != after || left != carts.len() {
        let moved = after.into_iter().filter(|line| !before.contains(line));
        return Failure::change("Let a dry run neither change nor push anything.")
            .expected("exit code 0, the same lines on the gateway as before, and all carts still in the database")
            .seen(run.lines())
            .seen((left != carts.len()).then(|| format!("{left} of {} carts are left", carts.len())))
            .seen(moved)
            .mistake("The push stands where every run passes, or the dry run asks the gateway for something.")
            .why(WHY)
            .stop();
    }
    says_what_would_happen(&run, &job.gateway.address())?;
    asks_no_gateway(job, &DRY_RUN, &[0]).await?;
    asks_no_gateway(job, &["--delete-group", "--dry-run"], &[0, UNUSABLE]).await?;
    makes_no_database(job).await?;
    fails_without_a_database(job).await?;
    takes_the_defaults(job).await
}

fn lines(page: &Page) -> Vec<&str> {
    page.samples().map(|sample| sample.line.as_str()).collect()
}

fn says_what_would_happen(run: &Run, gateway: &str) -> Outcome {
    if names_number(&run.said, gateway, MANY) && run.said.contains(gateway) {
        return Ok(());
    }
    Failure::change("Let a dry run say how many carts would expire, and where it would push.")
        .expected(format!("the number {MANY} and the address {gateway} on standard output, with {MANY} old carts"))
        .seen(run.lines())
        .mistake("The dry run stops too early to know, or tells only a half of it.")
        .why("Whoever types it wants to know what the real run would do: how much, and to which of the gateways.")
        .stop()
}

/// With `--delete-group`, it may also be refused.
async fn asks_no_gateway(job: &Job, arguments: &[&str], codes: &[i32]) -> Outcome {
    let gateway = Stub::start(vec![Reply::Status(500, "out of order")]).await?;
    let url = password::gateway_url(&gateway.address());
    let run = run_with(job, arguments, job.database.url(), &url).await?;
    if run.code.is_some_and(|code| codes.contains(&code)) && gateway.requests().is_empty() {
        return Ok(());
    }
    Failure::change("Leave the gateway alone in a dry run.")
        .expected(format!("exit code {} and no request, at a gateway that is out of order", codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")))
        .seen(run.lines())
        .seen(gateway.lines())
        .mistake("The dry run asks the gateway for something, or tries whether it takes a push. Or another flag beside it is stronger.")
        .why(WHY)
        .stop()
}

/// A misspelt name is what a dry run is there to find.
async fn makes_no_database(job: &Job) -> Outcome {
    let folder = TempDir::new().map_err(Stop::not_run)?;
    let file = folder.path().join("misspelt.db");
    let url = format!("sqlite:{}", file.display());
    let run = run_with(job, &DRY_RUN, &url, &gateway_url(job)).await?;
    if run.code == Some(WORK_FAILED) && !file.exists() && !run.complained.trim().is_empty() {
        return Ok(());
    }
    Failure::change("Let a dry run on a database that is not there fail, and make nothing.")
        .expected("exit code 1, a reason on standard error, and no file `misspelt.db`")
        .seen(run.lines())
        .seen(file.exists().then_some("a new file `misspelt.db`"))
        .mistake("The dry run opens the database as a run does, which makes what is not there. Or its error is not looked at.")
        .why(WHY)
        .stop()
}

async fn fails_without_a_database(job: &Job) -> Outcome {
    for database_url in ["nowhere", &password::database_url(CLOSED), &password::database_url_with_query(CLOSED)] {
        let run = run_with(job, &DRY_RUN, database_url, &gateway_url(job)).await?;
        password::is_hidden(&run)?;
        if run.code != Some(WORK_FAILED) || run.complained.trim().is_empty() {
            return Failure::change("End a dry run that cannot count the carts with exit code 1, as a run.")
                .expected("exit code 1 and a reason on standard error, in a dry run whose DATABASE_URL is no URL, or leads to no database")
                .seen(run.lines())
                .mistake("The error is printed and forgotten, or DATABASE_URL is taken for an argument.")
                .why(WHY)
                .stop();
        }
    }
    Ok(())
}

/// A shop in a folder of its own, and neither of the two variables.
async fn takes_the_defaults(job: &Job) -> Outcome {
    let folder = TempDir::new().map_err(Stop::not_run)?;
    let url = format!("sqlite:{}", folder.path().join("shop.db").display());
    open_shop(&url).await.map_err(Stop::not_run)?.close().await;
    let run = job.run_without_variables(&DRY_RUN, folder.path()).await?;
    if run.code == Some(0) && run.said.contains(DEFAULT_GATEWAY) {
        return Ok(());
    }
    Failure::change("Take `sqlite:shop.db` and `http://localhost:9091` where nobody says otherwise.")
        .expected(format!("exit code 0 and `{DEFAULT_GATEWAY}` on standard output, with neither DATABASE_URL nor PUSHGATEWAY_URL set, in a folder with a `shop.db`"))
        .seen(run.lines())
        .mistake("A variable that is not set is taken for an error, or has another default.")
        .why("The first run on somebody's own machine should need nothing but its name.")
        .stop()
}
