//! The pages of two programs of a lesson after the same traffic, to be compared.

use std::path::PathBuf;

use exposition::Page;

use super::{exporter, pushgateway, whole_page};
use crate::launch::Program;
use crate::outcome::{Failure, Outcome, Stop};
use crate::snapshot;
use crate::subject::exporter::Exporter;
use crate::subject::start_error::StartError;
use crate::subject::{EXPORTER, Subject};

/// The label by which the page of a Pushgateway tells what was pushed from what is its own.
const PUSHED: &str = "job";

/// Why there are no two pages.
#[derive(Debug)]
pub struct Missing {
    /// Which of the two programs has none: 0 or 1.
    pub program: usize,
    /// Why it has none.
    pub why: NoPage,
}

/// Why a program has no page.
#[derive(Debug)]
pub enum NoPage {
    /// It does not start, or what it needs does not.
    NotStarted(StartError),
    /// It runs, and serves or pushes nothing that Prometheus could read.
    Unreadable(Box<Failure>),
    /// The traffic did not come about, for this reason.
    NotRun(String),
}

/// The pages of two programs of a lesson, each with what it needs around it, after the same traffic: a day in the shop on a
/// database for each, one and the same PostgreSQL for two exporters, a database and a Pushgateway for each of two batch
/// jobs.
///
/// # Errors
///
/// When one of them has no page.
pub async fn after_the_same_traffic(lesson: &str, programs: [PathBuf; 2]) -> Result<[Page; 2], Missing> {
    let [first, second] = programs;
    if lesson == EXPORTER {
        return of_exporters(first, second).await;
    }
    let first = after_traffic(lesson, first).await.map_err(|why| Missing { program: 0, why })?;
    let second = after_traffic(lesson, second).await.map_err(|why| Missing { program: 1, why })?;
    Ok([first, second])
}

/// The page of one program of a lesson after that traffic, with what it needs around it.
///
/// # Errors
///
/// When it has no page.
pub async fn after_traffic(lesson: &str, program: PathBuf) -> Result<Page, NoPage> {
    match Subject::start(lesson, program).await.map_err(NoPage::NotStarted)? {
        Subject::Shop(app) => Ok(whole_page::visit(&app).await?),
        Subject::Job(job) => Ok(pushed(pushgateway::script::success_then_failure(&job).await?)),
        Subject::Exporter(exporter) => Ok(exporter::script::visit(&exporter).await?),
    }
}

/// Both watch the same database, at the same time.
async fn of_exporters(first: PathBuf, second: PathBuf) -> Result<[Page; 2], Missing> {
    let missing = |program| move |why| Missing { program, why };
    let exporter = Exporter::start(Program(first)).await.map_err(NoPage::NotStarted).map_err(missing(0))?;
    let beside = exporter.start_beside(&Program(second)).await;
    let (other, _running) = beside.map_err(|error| NoPage::NotStarted(error.into())).map_err(missing(1))?;
    let pages: Outcome<[_; 2]> = exporter::script::visit_both(&exporter, &other).await;
    let [first, second] = pages.map_err(NoPage::from).map_err(missing(0))?;
    let watched = |page| snapshot::watched(page, &exporter.database.name, exporter::script::TABLE);
    Ok([
        watched(first.map_err(NoPage::from).map_err(missing(0))?),
        watched(second.map_err(NoPage::from).map_err(missing(1))?),
    ])
}

/// What was pushed, without what the gateway says of itself. To Prometheus, a label that is empty is none.
fn pushed(page: Page) -> Page {
    let is_pushed = |label: Option<&str>| label.is_some_and(|job| !job.is_empty());
    let families = page.families.into_iter().filter_map(|mut family| {
        family.samples.retain(|sample| is_pushed(sample.label(PUSHED)));
        for sample in &mut family.samples {
            sample.labels.retain(|_, value| !value.is_empty());
        }
        (!family.samples.is_empty()).then_some(family)
    });
    Page { families: families.collect(), ..page }
}

impl From<Stop> for NoPage {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(failure) => Self::Unreadable(failure),
            Stop::NotRun(reason) => Self::NotRun(reason),
        }
    }
}
