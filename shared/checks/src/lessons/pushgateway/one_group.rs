//! However often the job runs, there is one group, and all of it is from the last run.

use exposition::{Labels, Page, Sample};
use futures_util::FutureExt;

use super::group::{PUSH_TIME, key, keys, last_push};
use super::names::JOB;
use super::run::{ARGUMENTS, UNUSABLE, gateway_url, run_with, succeed, succeeds};
use super::stub::{Reply, Request, Stub};
use super::{carts, password};
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const RUNS: usize = 3;
const WHY: &str = "A group stays until somebody deletes it. After a year of nights, Prometheus scrapes 365 last runs each time, and 364 of them are old.";

/// What an older version of the job has pushed, and this one doesn't know any more.
const FORMER: &str = "batch_former_items";
/// Where a gateway behind a proxy is.
const PREFIX: &str = "/monitoring/gateway";

/// The kinds of success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Night {
    WithCarts,
    WithoutCarts,
    AfterAFailure,
    /// A push that fails in the end is judged elsewhere.
    WithABusyGateway,
}

/// Those that do not have to wait.
const NIGHTS: [Night; 3] = [Night::WithCarts, Night::WithoutCarts, Night::AfterAFailure];

/// What may stand behind the address, and where the gateway's own paths begin then.
const PATHS: [(&str, &str); 5] = [
    (PREFIX, PREFIX),
    ("/monitoring/gateway/", PREFIX),
    ("", ""),
    ("/", ""),
    ("/monitoring/gateway?from=cron", PREFIX),
];

pub(super) async fn is_kept(job: &Job) -> Outcome {
    parts::side_by_side([
        is_of_the_last_run(job).boxed(),
        is_of_the_last_push(job).boxed(),
        is_pushed_where_it_belongs(job).boxed(),
    ])
    .await
}

async fn is_of_the_last_run(job: &Job) -> Outcome {
    for _ in 0..RUNS {
        carts::open(job, 1, carts::OLD).await?;
        succeed(job).await?;
    }
    has_the_name_as_its_key(job).await?;
    for night in NIGHTS {
        keeps_nothing_of_older_versions(job, night).await?;
    }
    Ok(())
}

/// A job that tries again waits before it does.
async fn is_of_the_last_push(job: &Job) -> Outcome {
    keeps_nothing_of_older_versions(&job.apart().await?, Night::WithABusyGateway).await
}

async fn is_pushed_where_it_belongs(job: &Job) -> Outcome {
    let job = job.apart().await?;
    is_at_the_url(&job).await?;
    is_brought_by_one_request(&job).await
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

/// Whatever there was to do, and whatever came before.
async fn keeps_nothing_of_older_versions(job: &Job, night: Night) -> Outcome {
    night.prepare(job).await?;
    job.push(&format!("job/{JOB}"), &format!("# TYPE {FORMER} gauge\n{FORMER} 7\n")).await?;
    let gateway = Stub::start(night.replies(job)).await?;
    let run = run_with(job, &ARGUMENTS, job.database.url(), &password::gateway_url(&gateway.address())).await?;
    if night != Night::WithABusyGateway {
        succeeds(&run)?;
    }
    nothing_is_left(&run, night, &gateway, &last_push(job).await?)
}

impl Night {
    fn words(self) -> &'static str {
        match self {
            Self::WithCarts => "a success",
            Self::WithoutCarts => "a success that expired 0 carts",
            Self::AfterAFailure => "a success that comes after a run that failed",
            Self::WithABusyGateway => "a success whose first push was answered by 503",
        }
    }

    async fn prepare(self, job: &Job) -> Outcome {
        match self {
            Self::WithCarts | Self::WithABusyGateway => carts::open(job, 1, carts::OLD).await.map(drop),
            Self::WithoutCarts => Ok(()),
            Self::AfterAFailure => run_with(job, &ARGUMENTS, carts::NO_DATABASE, &gateway_url(job)).await.map(drop),
        }
    }

    fn replies(self, job: &Job) -> Vec<Reply> {
        let gateway = Reply::PassTo(job.gateway.base_url().to_owned());
        match self {
            Self::WithABusyGateway => vec![Reply::Status(503, "busy"), gateway],
            _ => vec![gateway],
        }
    }
}

fn nothing_is_left(run: &Run, night: Night, gateway: &Stub, page: &Page) -> Outcome {
    if page.family(FORMER).is_none() || run.code != Some(0) {
        return Ok(());
    }
    Failure::change("Replace the whole group after a run that succeeds: push by PUT.")
        .expected(format!("`{FORMER}`, which an older version of the job has pushed, is gone after {}", night.words()))
        .seen(gateway.lines())
        .seen(page.series(FORMER).map(|sample| sample.line.clone()))
        .mistake("A push by POST (`push_add`) replaces only metrics of the names that it brings, and all others stay. Is there a kind of success that is pushed by POST?")
        .why("A metric that nobody sets any more keeps its last value for ever, and looks as fresh as the others.")
        .stop()
}

/// The push goes where PUSHGATEWAY_URL says, with the user and the password of it. A URL that cannot be used is
/// another matter: then the exit code says so.
async fn is_at_the_url(job: &Job) -> Outcome {
    for (path, base) in PATHS {
        let stub = Stub::start(vec![Reply::Status(200, "")]).await?;
        let run =
            run_with(job, &ARGUMENTS, job.database.url(), &password::gateway_url(&(stub.address() + path))).await?;
        let requests = stub.changes();
        if run.code == Some(UNUSABLE) && requests.is_empty() && path.contains('?') {
            continue;
        }
        keeps_the_path(&run, &stub, path, base)?;
        brings_the_password(&run, &stub)?;
    }
    Ok(())
}

/// Ends the check unless each push has gone to the gateway's own path below this base.
pub(super) fn keeps_the_path(run: &Run, stub: &Stub, path: &str, base: &str) -> Outcome {
    let is_right = |request: &Request| request.path.starts_with(&format!("{base}/metrics/job"));
    let requests = stub.changes();
    if !requests.is_empty() && requests.iter().all(is_right) {
        return Ok(());
    }
    Failure::change("Keep the whole path of PUSHGATEWAY_URL.")
        .expected(format!("a push to {base}/metrics/job/{JOB}, for PUSHGATEWAY_URL=http://...{path}"))
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("The path is joined to a URL that does not end in `/`, so its last segment is lost, or to one that does, so there are two. `prometheus_push` does that, too: give it a URL that ends in `/`.")
        .why("A gateway often stands behind a proxy, below a path. The push then goes to something else, which may even say that all is well.")
        .stop()
}

/// Ends the check unless each push has brought user and password.
pub(super) fn brings_the_password(run: &Run, stub: &Stub) -> Outcome {
    let wanted = password::authorization()?;
    let is_right = |request: &Request| request.authorization == wanted;
    if stub.changes().iter().all(is_right) {
        return Ok(());
    }
    let brings = |request: &Request| {
        let authorization = if request.authorization.is_empty() { "no Authorization" } else { "another Authorization" };
        format!("{} with {authorization}", request.line())
    };
    Failure::change("Send the user and the password of PUSHGATEWAY_URL with each request.")
        .expected("the header `Authorization: Basic ...` of user and password, where the URL has them")
        .seen(run.lines())
        .seen(stub.requests().iter().map(brings))
        .mistake("The URL is taken apart and put together again without them, or for the log. Or they are sent as they stand in the URL, where an `@` in a password is written `%40`.")
        .why("A gateway that others can reach asks for a password. It refuses each push without one.")
        .stop()
}

/// Between two requests, Prometheus would see half of it.
async fn is_brought_by_one_request(job: &Job) -> Outcome {
    carts::open(job, 1, carts::OLD).await?;
    let stub = Stub::start(vec![Reply::PassTo(job.gateway.base_url().to_owned())]).await?;
    let run = run_with(job, &ARGUMENTS, job.database.url(), &password::gateway_url(&stub.address())).await?;
    if stub.changes().len() == 1 && run.code == Some(0) {
        return Ok(());
    }
    Failure::change("Push once in each run, at its end, and send nothing else that changes the group.")
        .expected("exit code 0 and 1 request that changes the group: the push")
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("Look at the requests: a DELETE before the push, which a PUT needs not; a push at the begin of the run, or for each step; or one for each metric.")
        .why("Prometheus may look between any two of them, and see a group that is empty, or a part of the last run and a part of this one. If the second one fails, it stays so.")
        .stop()
}
