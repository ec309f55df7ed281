//! However often the job runs, there is one group, and all of it is from the last run.

use super::carts;
use super::group::{PUSH_TIME, key, keys};
use super::names::JOB;
use super::run::{ARGUMENTS, succeed};
use super::stub::{Reply, Stub};
use crate::exposition::{Labels, Sample};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

const RUNS: usize = 3;
const WHY: &str = "A group stays until somebody deletes it. After a year of nights, Prometheus scrapes 365 last runs each time, and 364 of them are old.";

/// What an older version of the job has pushed, and this one doesn't know any more.
const FORMER: &str = "batch_former_items";
/// Where a gateway behind a proxy is.
const PREFIX: &str = "/monitoring/gateway";

pub(super) async fn is_kept(job: &Job) -> Outcome {
    for _ in 0..RUNS {
        carts::open(job, 1, carts::OLD).await?;
        succeed(job).await?;
    }
    has_the_name_as_its_key(job).await?;
    keeps_nothing_of_older_versions(job).await?;
    is_below_the_path_of_the_url(job).await
}

async fn has_the_name_as_its_key(job: &Job) -> Outcome {
    let page = job.gateway.scrape().await?;
    let wanted = Labels::from([("job".to_owned(), JOB.to_owned())]);
    if keys(&page) == [wanted] {
        return Ok(());
    }
    let extra = |group: &Sample| key(group).into_keys().find(|name| name != "job");
    let change = match page.series(PUSH_TIME).find_map(extra) {
        Some(label) => format!("Take `{label}` out of the grouping key: the job's name is enough."),
        None => format!("Push everything as the one job `{JOB}`."),
    };
    Failure::change(change)
        .expected(format!("one group, {PUSH_TIME}{{job=\"{JOB}\"}}, after {RUNS} runs"))
        .seen(page.series(PUSH_TIME).map(|group| group.line.clone()))
        .mistake("An instance, a process id, a date or the number of the run is in the key, to tell the runs apart. But nobody wants to tell them apart: the last one counts.")
        .why(WHY)
        .stop()
}

async fn keeps_nothing_of_older_versions(job: &Job) -> Outcome {
    job.push(&format!("job/{JOB}"), &format!("# TYPE {FORMER} gauge\n{FORMER} 7\n")).await?;
    let page = succeed(job).await?;
    if page.family(FORMER).is_none() {
        return Ok(());
    }
    Failure::change("Replace the whole group after a run that succeeds: push by PUT.")
        .expected(format!("`{FORMER}`, which an older version of the job has pushed, is gone after a success"))
        .seen(page.series(FORMER).map(|sample| sample.line.clone()))
        .mistake("`push_add` was taken, which is a POST. It replaces only metrics of the names that it brings. All others stay.")
        .why("A metric that nobody sets any more keeps its last value for ever, and looks as fresh as the others.")
        .stop()
}

async fn is_below_the_path_of_the_url(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(200, "")]).await?;
    let url = format!("http://{}{PREFIX}", stub.address());
    let run = job.run_with(&ARGUMENTS, job.database.url(), &url).await?;
    let requests = stub.requests();
    if requests.iter().any(|request| request.contains(&format!(" {PREFIX}/metrics/job"))) {
        return Ok(());
    }
    Failure::change("Keep the whole path of PUSHGATEWAY_URL.")
        .expected(format!("PUT {PREFIX}/metrics/job/{JOB}, for PUSHGATEWAY_URL=http://...{PREFIX}"))
        .seen(if requests.is_empty() { run.lines() } else { requests })
        .mistake("The path is joined to a URL that does not end in `/`, so its last segment is lost. `prometheus_push` does that, too: give it a URL that ends in `/`.")
        .why("A gateway often stands behind a proxy, below a path. The push then goes to something else, which may even say that all is well.")
        .stop()
}
