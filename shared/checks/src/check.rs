//! What a check is.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::outcome::{Outcome, Stop, Verdict};
use crate::stall::watched;
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

/// How long the machine has to stand still for a failure to be doubted. After two seconds without an answer, the batch job
/// takes a gateway for one that is away.
const STALL: Duration = Duration::from_secs(1);
/// How often a check is run at most.
const ATTEMPTS: usize = 3;

impl Check {
    /// Runs the check on a subject of its lesson. It may start further programs, and ends them. Where it fails and the machine
    /// stood still meanwhile, it runs again on another such subject, if there can be one.
    pub async fn run(&self, subject: &Subject) -> Verdict {
        let (mut verdict, mut stall) = watched(self.run_once(subject)).await;
        for _ in 1..ATTEMPTS {
            if stall < STALL || !matches!(verdict, Verdict::Failed(_)) {
                break;
            }
            let Ok(Some(another)) = subject.start_apart().await else { break };
            (verdict, stall) = watched(self.run_once(&another)).await;
        }
        verdict
    }

    async fn run_once(&self, subject: &Subject) -> Verdict {
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
