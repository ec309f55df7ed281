//! `--delete-group` deletes the job's group, and nothing else.

use std::time::Duration;

use super::carts;
use super::group::{PUSH_TIME, keys};
use super::names::JOB;
use super::run::succeed;
use super::stub::{Reply, Stub};
use crate::exposition::{Labels, Page};
use crate::outcome::{Failure, Outcome};
use crate::subject::job::{Job, Run};

const DELETE: [&str; 1] = ["--delete-group"];
/// Somebody else's groups, which are alike.
const COUNTRY_GROUP: &str = "job/expire_carts/country/pt";
const OTHER_GROUP: &str = "job/backup";
const OTHER_METRIC: &str = "# TYPE backup_files gauge\nbackup_files 12\n";

/// For how long nobody has touched a cart that expires whatever the job takes for long by itself.
const ABANDONED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const WHY: &str = "The gateway never forgets. A job that nobody runs any more leaves a last success that grows older and older, and an alert that fires for ever.";

pub(super) async fn is_exact(job: &Job) -> Outcome {
    succeed(job).await?;
    job.push(COUNTRY_GROUP, OTHER_METRIC).await?;
    job.push(OTHER_GROUP, OTHER_METRIC).await?;
    let judged = deletes_its_own(job).await;
    job.delete(COUNTRY_GROUP).await?;
    job.delete(OTHER_GROUP).await?;
    judged?;
    does_not_work(job).await?;
    tells_of_a_refusal(job).await
}

async fn deletes_its_own(job: &Job) -> Outcome {
    let own = labels(&[("job", JOB)]);
    let others = [labels(&[("job", JOB), ("country", "pt")]), labels(&[("job", "backup")])];
    let run = job.run(&DELETE).await?;
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
    let run = job.run(&DELETE).await?;
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

async fn tells_of_a_refusal(job: &Job) -> Outcome {
    let stub = Stub::start(vec![Reply::Status(403, "deleting is not allowed here")]).await?;
    let run = job.run_with(&DELETE, job.database.url(), &format!("http://{}", stub.address())).await?;
    if run.code != Some(0) {
        return Ok(());
    }
    Failure::change("Look at the status of the answer to the DELETE.")
        .expected("an exit code other than 0, at a gateway that answers with 403")
        .seen(run.lines())
        .seen(stub.requests())
        .mistake(
            "`send().await?` only fails when there is no answer. An answer with a status of 4xx or 5xx is an answer.",
        )
        .why("\"Deleted\" would be believed, and the alert of the job goes on firing.")
        .stop()
}

fn group_lines(page: &Page) -> Vec<String> {
    page.series(PUSH_TIME).map(|group| group.line.clone()).collect()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
