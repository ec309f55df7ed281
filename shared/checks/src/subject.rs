//! What a check looks at: a shop, an exporter or a batch job, with all that it needs to run.

#[cfg(test)]
mod answers;
pub(crate) mod app;
mod explain;
pub(crate) mod exporter;
pub(crate) mod job;
pub(crate) mod scene;
pub(crate) mod scrape;
pub mod served;
pub(crate) mod session;
pub(crate) mod start_error;
pub(crate) mod troubled;
pub(crate) mod watched;

use std::path::PathBuf;
use std::sync::Arc;

use crate::database::Database;
use crate::launch::Program;
use crate::services::postgres::Warm;

pub use app::{App, Environment, NEEDS_OWN};
pub use exporter::Exporter;
pub use job::Job;
pub use start_error::StartError;
pub use watched::WatchedDatabase;

/// The lesson whose program is an exporter.
pub const EXPORTER: &str = "05-postgres-exporter";
/// The lesson whose program is a batch job.
pub const JOB: &str = "06-pushgateway";

/// What a check looks at.
pub enum Subject {
    /// The shop of lessons 00 to 04.
    Shop(App),
    /// The exporter of lesson 05.
    Exporter(Box<Exporter>),
    /// The batch job of lesson 06.
    Job(Job),
}

impl Subject {
    /// Starts the program of a lesson, with the servers that it needs. All of it ends with the subject.
    ///
    /// # Errors
    ///
    /// When the program or a server does not start.
    pub async fn start(lesson: &str, program: PathBuf) -> Result<Self, StartError> {
        match lesson {
            EXPORTER => Ok(Self::Exporter(Box::new(Exporter::start(Program(program)).await?))),
            JOB => Ok(Self::Job(Job::prepare(program).await?)),
            _ => {
                let environment =
                    Environment { launcher: Arc::new(Program(program)), database: Database::fresh().await? };
                Ok(Self::Shop(App::start(environment).await?))
            }
        }
    }

    /// Prepares, while its program is built, what a lesson's subject starts with, for as long as what is returned lives.
    pub async fn warm_up(lesson: &str) -> Option<Warm> {
        if lesson == EXPORTER { Some(Warm::up().await) } else { None }
    }

    /// Whether there is no other one like it: a shop at a URL, or an exporter of a server that others use, too.
    pub(crate) fn is_one_of_a_kind(&self) -> bool {
        match self {
            Self::Shop(app) => app.settings().is_err(),
            Self::Exporter(exporter) => !exporter.database.is_alone(),
            Self::Job(_) => false,
        }
    }

    /// Starts the same program once more, with servers and a database of its own; nothing where there is only one.
    pub(crate) async fn start_apart(&self) -> Result<Option<Self>, StartError> {
        if self.is_one_of_a_kind() {
            return Ok(None);
        }
        match self {
            Self::Shop(app) => Ok(app.start_apart().await?.map(Self::Shop)),
            Self::Exporter(exporter) => Ok(Some(Self::Exporter(Box::new(exporter.start_apart().await?)))),
            Self::Job(job) => Ok(Some(Self::Job(job.start_apart().await?))),
        }
    }
}
