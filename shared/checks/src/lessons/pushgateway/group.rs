//! What the gateway holds of the job.

use exposition::{Family, Labels, Page, Sample};

use super::names::JOB;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

/// The gateway adds this to each group, with the group's key as labels.
pub(super) const PUSH_TIME: &str = "push_time_seconds";

/// The part of the gateway's page that is the group of the job's last push.
pub(super) async fn last_push(job: &Job) -> Outcome<Page> {
    let page = job.gateway.scrape().await?;
    let groups = page.matching(PUSH_TIME, &[("job", JOB)]);
    match groups.max_by(|one, other| one.value.total_cmp(&other.value)) {
        Some(group) => Ok(part_of(&page, &key(group))),
        None => no_group(&page).stop(),
    }
}

/// The keys of all groups, those of other jobs among them.
pub(super) fn keys(page: &Page) -> Vec<Labels> {
    page.series(PUSH_TIME).map(key).collect()
}

/// The labels of a series that say something: the gateway gives each an empty `instance`, which Prometheus takes for
/// none.
pub(super) fn key(sample: &Sample) -> Labels {
    let labels = sample.labels.iter().filter(|(_, value)| !value.is_empty());
    labels.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn part_of(page: &Page, key: &Labels) -> Page {
    let is_in_group = |sample: &Sample| key.iter().all(|(name, value)| sample.label(name) == Some(value));
    let families = page.families.iter().cloned().map(|mut family: Family| {
        family.samples.retain(is_in_group);
        family
    });
    Page { families: families.filter(|family| !family.samples.is_empty()).collect(), ..page.clone() }
}

fn no_group(page: &Page) -> Failure {
    let groups: Vec<_> = page.series(PUSH_TIME).map(|sample| sample.line.clone()).collect();
    let nothing = groups.is_empty().then(|| "a gateway that holds no group at all".to_owned());
    Failure::change(format!("Push the result of each run to the gateway at PUSHGATEWAY_URL, as the job `{JOB}`."))
        .expected(format!("{PUSH_TIME}{{job=\"{JOB}\"}}, which the gateway adds to a group that was pushed"))
        .seen(groups)
        .seen(nothing)
        .mistake("Nothing is pushed yet. Or the push goes elsewhere: to a URL that is written into the code, or to another job's group.")
        .why("The job is gone before Prometheus looks. What it does not push, nobody will ever see.")
}
