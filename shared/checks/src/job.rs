//! The batch job under test, between the shop's database and a real Pushgateway.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::App;
use crate::check::{Outcome, Stop};
use crate::database::Database;
use crate::launch::LaunchError;
use crate::services::pushgateway::Pushgateway;
use crate::subject::StartError;

/// How long a run may take: more than all retries of a push together.
const RUN_TIMEOUT: Duration = Duration::from_secs(60);

/// A batch job that can be run, and all that is around it.
pub struct Job {
    program: PathBuf,
    /// The shop's database, with its tables and catalogue.
    pub(crate) database: Database,
    /// The gateway's own page, as Prometheus sees it.
    pub(crate) gateway: App,
    _pushgateway: Pushgateway,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Its exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output, then standard error.
    pub(crate) output: String,
}

impl Job {
    /// Prepares a database and a gateway for the program. Nothing runs yet.
    ///
    /// # Errors
    ///
    /// When there is no Pushgateway, or no room for a database.
    pub async fn prepare(program: PathBuf) -> Result<Self, StartError> {
        let pushgateway = Pushgateway::start().await?;
        let gateway = App::at(pushgateway.url()).map_err(LaunchError::Client)?;
        let database = Database::fresh().await?;
        Ok(Self { program, database, gateway, _pushgateway: pushgateway })
    }

    /// Runs the job on its database and its gateway.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Outcome<Run> {
        self.run_with(arguments, self.database.url(), self.gateway.base_url()).await
    }

    /// Runs the job on any database and any gateway.
    pub(crate) async fn run_with(&self, arguments: &[&str], database_url: &str, gateway_url: &str) -> Outcome<Run> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("DATABASE_URL", database_url).env("PUSHGATEWAY_URL", gateway_url);
        let output = timeout(RUN_TIMEOUT, command.stdin(Stdio::null()).kill_on_drop(true).output()).await;
        let output = output.map_err(|_| Stop::NotRun(format!("a run took more than {} seconds", RUN_TIMEOUT.as_secs())))?;
        let output = output.map_err(|error| Stop::NotRun(format!("cannot run {}: {error}", self.program.display())))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Run { code: output.status.code(), output: String::from_utf8_lossy(&text).into_owned() })
    }
}
