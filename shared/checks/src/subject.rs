//! What a check looks at: a shop, an exporter or a batch job, with all that it needs to run.

use std::path::PathBuf;

use crate::App;
use crate::app::Environment;
use crate::database::{Database, DatabaseError};
use crate::exporter::Exporter;
use crate::job::Job;
use crate::launch::{LaunchError, Program};
use crate::services::ServiceError;

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

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program does not start.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// It has no database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// It has no server beside it.
    #[error(transparent)]
    Service(#[from] ServiceError),
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
