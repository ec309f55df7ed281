//! What a check is.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::outcome::{Outcome, Stop, Verdict};
use crate::subject::Subject;
use crate::subject::app::App;
use crate::subject::exporter::Exporter;
use crate::subject::job::Job;

/// One thing that a lesson's app must show.
#[derive(Clone, Copy)]
pub struct Check {
    /// The lesson, such as `01-counter`.
    pub lesson: &'static str,
    /// The check's own name, unique in its lesson, such as `cart-additions`.
    pub name: &'static str,
    pub(crate) run: Run,
}

/// What a check looks at, and how it judges that.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// The shop.
    Shop(for<'a> fn(&'a App) -> BoxFuture<'a, Outcome>),
    /// The exporter.
    Exporter(for<'a> fn(&'a Exporter) -> BoxFuture<'a, Outcome>),
    /// The batch job.
    Job(for<'a> fn(&'a Job) -> BoxFuture<'a, Outcome>),
}

impl Check {
    /// Runs the check on a subject of its lesson. It may start further programs, and ends them.
    pub async fn run(&self, subject: &Subject) -> Verdict {
        let outcome = match (self.run, subject) {
            (Run::Shop(run), Subject::Shop(app)) => run(app).await,
            (Run::Exporter(run), Subject::Exporter(exporter)) => run(exporter).await,
            (Run::Job(run), Subject::Job(job)) => run(job).await,
            _ => Err(Stop::NotRun("this check wants another kind of program".into())),
        };
        match outcome {
            Ok(()) => Verdict::Passed,
            Err(Stop::Failed(failure)) => Verdict::Failed(failure),
            Err(Stop::NotRun(reason)) => Verdict::NotRun(reason),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.lesson, self.name)
    }
}
