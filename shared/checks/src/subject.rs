//! What a check looks at: a shop, an exporter or a batch job, with all that it needs to run.

pub(crate) mod app;
mod explain;
pub(crate) mod exporter;
pub(crate) mod job;
pub(crate) mod scrape;
pub(crate) mod start_error;
pub(crate) mod troubled;

use std::path::PathBuf;

use crate::database::Database;
use crate::launch::Program;

pub use app::{App, Environment};
pub use exporter::{Exporter, WatchedDatabase};
pub use job::Job;
pub use start_error::StartError;

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
                    Environment { launcher: Box::new(Program(program)), database: Database::fresh().await? };
                Ok(Self::Shop(App::start(environment).await?))
            }
        }
    }
}
