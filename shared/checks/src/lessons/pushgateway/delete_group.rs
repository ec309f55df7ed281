//! `--delete-group` deletes the job's group, and nothing else.

use std::time::Duration;

use exposition::{Labels, Page};
use futures_util::FutureExt;
use reqwest::Method;

use super::group::{PUSH_TIME, keys};
use super::names::{CLOSED, JOB};
use super::run::{GATEWAY_FAILED, run, run_with, succeed};
use super::stub::{Reply, Request, Stub};
use super::{carts, password};
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
#[cfg(unix)]
use crate::subject::job::wait_for;
use crate::subject::job::{Job, Run};

const DELETE: [&str; 1] = ["--delete-group"];
/// Somebody else's groups, which are alike.
const COUNTRY_GROUP: &str = "job/expire_carts/country/pt";
const OTHER_GROUP: &str = "job/backup";
const OTHER_METRIC: &str = "# TYPE backup_files gauge\nbackup_files 12\n";

/// Where a gateway behind a proxy is.
const PREFIX: &str = "/monitoring/gateway";

/// What a gateway says that does not delete.
const REFUSALS: [(u16, &str); 5] = [
    (403, "deleting is not allowed here"),
    (404, "deleting is not known here"),
    (302, "deleting is done elsewhere"),
    (405, "deleting is switched off"),
    (429, "deleting is done too often"),
];

/// For how long nobody has touched a cart that expires whatever the job takes for long by itself.
const ABANDONED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const WHY: &str = "The gateway never forgets. A job that nobody runs any more leaves a last success that grows older and older, and an alert that fires for ever.";

pub(super) async fn is_exact(job: &Job) -> Outcome {
    parts::side_by_side([
        is_its_own(job).boxed(),
        is_one_request(job).boxed(),
        tells_of_a_refusal(job).boxed(),
        tells_of_no_answer(job).boxed(),
        knows_what_the_last_answer_was(job).boxed(),
        #[cfg(unix)]
        can_be_stopped(job).boxed(),
        #[cfg(unix)]
        super::surroundings::do_not_matter_to_deletions(job).boxed(),
    ])
    .await
}

/// On a gateway that others use, too.
async fn is_its_own(job: &Job) -> Outcome {
    succeed(job).await?;
    job.push(COUNTRY_GROUP, OTHER_METRIC).await?;
    job.push(OTHER_GROUP, OTHER_METRIC).await?;
    let judged = deletes_its_own(job).await;
    job.delete(COUNTRY_GROUP).await?;
    job.delete(OTHER_GROUP).await?;
    judged?;
    succeeds_without_a_group(job).await?;
    does_not_work(job).await
}

/// What is gone already is gone. The gateway says so, too.
async fn succeeds_without_a_group(job: &Job) -> Outcome {
    let run = run(job, &DELETE).await?;
    if run.code == Some(0) {
        return Ok(());
    }
    not_deleted(&run, &job.gateway.scrape().await?).stop()
}

async fn deletes_its_own(job: &Job) -> Outcome {
    let own = labels(&[("job", JOB)]);
    let others = [labels(&[("job", JOB), ("country", "pt")]), labels(&[("job", "backup")])];
    let run = run(job, &DELETE).await?;
    // The gateway deletes a little later than it answers.
    let page = job.gateway.scrape_until(|page| !keys(page).contains(&own)).await?;
    let left = keys(&page);
    if left.contains(&own) || run.code != Some(0) {
        return not_deleted(&run, &page).stop();
    }
    if others.iter().all(|group| left.contains(group)) {
        return Ok(());
    }
    Failure::change("Delete the group whose key is the job's name alone, and no other.")
        .expected(format!("the groups `{COUNTRY_GROUP}` and `{OTHER_GROUP}` are still there"))
        .seen(run.lines())
        .seen(group_lines(&page))
        .mistake("The whole gateway is wiped, or all groups with this `job` are looked up and deleted.")
        .why("Other jobs push to the same gateway. Their last success is gone until they run again, and their alerts fire.")
        .stop()
}

fn not_deleted(run: &Run, page: &Page) -> Failure {
    Failure::change("Delete the job's group when `--delete-group` asks for it.")
        .expected(format!("exit code 0, and no group {PUSH_TIME}{{job=\"{JOB}\"}} any more"))
        .seen(run.lines())
        .seen(group_lines(page))
        .mistake("No DELETE is sent, or it is sent to another URL than the push: each label of the key belongs into it, and no other. An empty push does not delete a group.")
        .why(WHY)
}

/// It is said to do nothing else.
async fn does_not_work(job: &Job) -> Outcome {
    let cart = carts::open(job, 1, ABANDONED).await?;
    let run = run(job, &DELETE).await?;
    if carts::left(job, &cart).await? == 1 {
        return Ok(());
    }
    Failure::change("Let `--delete-group` delete the group, and do nothing else.")
        .expected("an abandoned cart is still there after `--delete-group`")
        .seen(run.lines())
        .mistake("The work is done first, or afterwards.")
        .why("Whoever cleans up behind a job that was switched off does not expect it to run once more.")
        .stop()
}

/// It goes to where a push goes, with the same password, and needs no database for that.
async fn is_one_request(job: &Job) -> Outcome {
    const PLACES: [(&str, &str, u16, &str); 5] = [
        ("", "", 202, carts::NO_DATABASE),
        ("/", "", 200, carts::NO_DATABASE),
        (PREFIX, PREFIX, 204, carts::NO_DATABASE),
        ("/monitoring/gateway/", PREFIX, 202, carts::NO_DATABASE),
        ("", "", 202, "nowhere"),
    ];
    for (path, base, status, database_url) in PLACES {
        let stub = Stub::start(vec![Reply::Status(status, "")]).await?;
        let url = password::gateway_url(&(stub.address() + path));
        let run = run_with(job, &DELETE, database_url, &url).await?;
        let wanted = password::authorization()?;
        let requests = stub.requests();
        let is_right = |request: &Request| {
            request.method == Method::DELETE
                && request.path.starts_with(&format!("{base}/metrics/job"))
                && request.authorization == wanted
        };
        if run.code == Some(0) && requests.len() == 1 && requests.iter().all(is_right) && !run.said.trim().is_empty() {
            continue;
        }
        let brings = |request: &Request| {
            let is_known = if request.authorization == wanted { "" } else { " without user and password of the URL" };
            request.line() + is_known
        };
        let mistake = match requests.as_slice() {
            [] => "Something else comes first and fails, such as to open the database, which is not needed.",
            [request] if request.authorization != wanted => {
                "The request goes past the client that knows user and password."
            }
            [request] if is_right(request) => {
                "The request is right. The exit code is not, or nothing is said on standard output."
            }
            [_] => {
                "Look at the request. A path that begins with a `/` replaces the path of the URL, and a method other than DELETE deletes nothing."
            }
            _ => "More than one request is sent.",
        };
        return Failure::change("Delete the group by one DELETE to where a push goes, and say so.")
            .expected(format!("exit code 0, a word on standard output, and DELETE {base}/metrics/job/{JOB} with the URL's user and password, for PUSHGATEWAY_URL=http://...{path} and no database"))
            .seen(run.lines())
            .seen(requests.iter().map(brings))
            .seen(requests.is_empty().then_some("no request"))
            .mistake(mistake)
            .why("Whoever cleans up does not look again. And a job is often given up together with its database.")
            .stop();
    }
    Ok(())
}

async fn tells_of_a_refusal(job: &Job) -> Outcome {
    for (status, reason) in REFUSALS {
        let stub = Stub::start(vec![Reply::Status(status, reason)]).await?;
        let run = run_with(job, &DELETE, job.database.url(), &password::gateway_url(&stub.address())).await?;
        let is_said = run.complained.contains(reason) && run.complained.contains(&status.to_string());
        if run.code == Some(GATEWAY_FAILED) && is_said && stub.requests().len() == 1 {
            continue;
        }
        let mistake = match run.code {
            Some(0) => {
                "`send().await?` only fails when there is no answer. An answer with another status than 2xx is an answer."
            }
            Some(GATEWAY_FAILED) if is_said => "A refusal is taken for something that goes away by itself.",
            Some(GATEWAY_FAILED) => "The status of the answer, or its body, which says why, is not printed.",
            _ => "The exit code is that of another trouble.",
        };
        return Failure::change("Look at the status of the answer to the DELETE, and say why it was refused.")
            .expected(format!(
                "exit code 3 and `{reason}` on standard error, after 1 request, at a gateway that answers with {status} and that text"
            ))
            .seen(run.lines())
            .seen(stub.lines())
            .mistake(mistake)
            .why("\"Deleted\" would be believed, and the alert of the job goes on firing.")
            .stop();
    }
    leads_nowhere(job).await
}

/// A client may follow a redirect, but only with the DELETE.
async fn leads_nowhere(job: &Job) -> Outcome {
    const ELSEWHERE: &str = "/elsewhere";
    for status in [301, 302, 303, 307, 308] {
        let stub = Stub::start(vec![Reply::Redirect(status, ELSEWHERE), Reply::Status(200, "welcome")]).await?;
        let run = run_with(job, &DELETE, job.database.url(), &password::gateway_url(&stub.address())).await?;
        let arrives = |request: &Request| request.path == ELSEWHERE && request.method == Method::DELETE;
        let arrived = stub.requests().iter().any(arrives);
        if run.code != Some(if arrived { 0 } else { GATEWAY_FAILED }) {
            return Failure::change("Take a redirect of the DELETE for what it is: no success.")
                .expected(format!(
                    "exit code 3 at a gateway that answers {status}, unless the DELETE itself is sent to where it leads"
                ))
                .seen(run.lines())
                .seen(stub.lines())
                .mistake(
                    "The client follows redirects, which is reqwest's default, and looks at some page there by a GET.",
                )
                .why("\"Deleted\" would be believed, and the alert of the job goes on firing.")
                .stop();
        }
    }
    Ok(())
}

/// It may try again where the gateway is ill. The last answer is the one that counts.
async fn knows_what_the_last_answer_was(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(503, "busy"), Reply::Status(202, "")]).await?;
    let run = run_with(job, &DELETE, job.database.url(), &password::gateway_url(&stub.address())).await?;
    let requests = stub.requests();
    let are_alike = requests.windows(2).all(|pair| pair[0].line() == pair[1].line());
    let is_deleted = requests.len() > 1;
    if are_alike && run.code == Some(if is_deleted { 0 } else { GATEWAY_FAILED }) {
        return Ok(());
    }
    Failure::change("Let the exit code of `--delete-group` tell how its last attempt ended.")
        .expected("exit code 0 after a second attempt, or exit code 3 without one, at a gateway that answers 503 once, and then 202")
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("Any answer is taken for a deletion. Or an attempt that failed is remembered, although a later one succeeded.")
        .why(WHY)
        .stop()
}

/// While it waits for the gateway. A program may also be ended by the signal as it is: then no exit code says anything.
#[cfg(unix)]
async fn can_be_stopped(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Silence]).await?;
    let child = job.start(&DELETE, job.database.url(), &password::gateway_url(&stub.address()))?;
    let child = stub.wait_for_requests(1, child).await;
    let requests = stub.requests().len();
    super::signals::send(nix::sys::signal::Signal::SIGTERM, &child);
    let run = wait_for(child, &DELETE).await?;
    if matches!(run.code, None | Some(GATEWAY_FAILED)) && stub.requests().len() == requests {
        return Ok(());
    }
    Failure::change("Let SIGTERM end the patience of `--delete-group`, as Ctrl-C does.")
        .expected("after SIGTERM, while the job waits for the gateway's answer: exit code 3, or an end by the signal itself, and no further request")
        .seen(run.lines())
        .seen(stub.lines())
        .mistake("The program listens to signals for its runs, and does nothing about them here. Or the deletion that was stopped is said to be done.")
        .why("Whoever stops a job wants it gone now, and wants to know whether the group is.")
        .stop()
}

async fn tells_of_no_answer(job: &Job) -> Outcome {
    let run = run_with(job, &DELETE, job.database.url(), &password::gateway_url(CLOSED)).await?;
    if run.code == Some(GATEWAY_FAILED) && !run.complained.trim().is_empty() {
        return Ok(());
    }
    Failure::change("Let `--delete-group` say that there was no gateway, by exit code 3.")
        .expected("exit code 3 and a word on standard error, where nobody listens")
        .seen(run.lines())
        .mistake("The error of the request is dropped, or ends in the exit code of another trouble.")
        .why("\"Deleted\" would be believed, and the alert of the job goes on firing.")
        .stop()
}

fn group_lines(page: &Page) -> Vec<String> {
    page.series(PUSH_TIME).map(|group| group.line.clone()).collect()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
