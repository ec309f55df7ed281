//! What the job has pushed, as the gateway shows it, and as Prometheus sees it.

use exposition::{Family, Labels, Page, Sample};

use super::carts;
use super::group::{key, last_push};
use super::names::{DURATION, EXPIRED, JOB, LAST_RUN, LAST_SUCCESS, STEP_DURATION};
use super::prometheus::series_of;
use super::run::{ARGUMENTS, gateway_url, run_with, succeed};
use crate::lessons::clean_page::names_are_good;
use crate::lessons::families;
use crate::outcome::{Failure, Outcome};
use crate::subject::job::Job;

const WHY_LABELS: &str = "Each run would bring new series, and Prometheus keeps all of them. And a query for the job's last success finds several, of which all but one are old.";

pub(super) async fn check(job: &Job) -> Outcome {
    carts::open(job, 1, carts::OLD).await?;
    let page = succeed(job).await?;
    is_clean(&page)?;
    run_with(job, &ARGUMENTS, carts::NO_DATABASE, &gateway_url(job)).await?;
    is_clean(&last_push(job).await?)?;
    let page = job.gateway.scrape().await?;
    is_not_the_shops(&page)?;
    prometheus_sees_the_job(&page)
}

/// Whether the run has succeeded or failed.
fn is_clean(page: &Page) -> Outcome {
    names_are_good(page)?;
    for name in [LAST_RUN, LAST_SUCCESS, DURATION, EXPIRED] {
        has_labels(page, name, &["job"])?;
    }
    has_labels(page, STEP_DURATION, &["job", "step"])
}

fn has_labels(page: &Page, name: &str, labels: &[&str]) -> Outcome {
    let has_others = |sample: &&Sample| !key(sample).keys().eq(labels);
    let Some(sample) = page.series(name).find(has_others) else { return Ok(()) };
    let other = key(sample).into_keys().find(|label| !labels.contains(&label.as_str())).unwrap_or_default();
    Failure::change(format!("Take the label `{other}` away from `{name}`."))
        .expected(format!("{name} with {} and no other label", labels.join(", ")))
        .seen(page.series(name).map(|sample| sample.line.clone()))
        .mistake("The metric itself says where it ran, or when: an instance, an environment, a process id or a date. Or the registry gives each metric a constant label.")
        .why(WHY_LABELS)
        .stop()
}

/// A service that keeps running is scraped, even where it shares code with a job.
fn is_not_the_shops(page: &Page) -> Outcome {
    let mut families = families::of_the_shop().filter_map(|name| page.family(name));
    let Some(family) = families.next() else { return Ok(()) };
    Failure::change(format!("Push only the job's own metrics: `{}` belongs to the shop.", family.name))
        .expected("no metric of lessons 00 to 04 on the gateway")
        .seen(Family::lines(family))
        .mistake("The job pushes a registry that it shares with the shop's code, or the default one, with all that is in it. Or the shop pushes its metrics, too.")
        .why("The shop is there to be scraped. On a gateway, its last numbers would stay after it has crashed, and look alive.")
        .stop()
}

fn prometheus_sees_the_job(page: &Page) -> Outcome {
    let series = series_of(page);
    let is_wrong =
        |labels: &&Labels| labels.contains_key("exported_job") || labels.get("job").is_none_or(|name| name != JOB);
    if !series.is_empty() && !series.iter().any(|labels| is_wrong(&labels)) {
        return Ok(());
    }
    Failure::change(format!("Let what is pushed have one label `job`: `{JOB}`."))
        .expected(format!("series like {LAST_RUN}{{job=\"{JOB}\"}}, without `exported_job`, in a Prometheus that scrapes the gateway with `honor_labels`"))
        .seen(series.iter().filter(is_wrong).map(|labels| format!("{labels:?}")))
        .seen(series.is_empty().then_some("no series"))
        .mistake("A metric brings a label `job` or `exported_job` of its own, beside the one of the group.")
        .why("Alerts and dashboards look for the job by its label `job`.")
        .stop()
}
