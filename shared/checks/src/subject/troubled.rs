//! An app of its own, on a database of its own that can be brought into trouble.

use super::app::{App, StartedApp};
use crate::launch::Settings;
use crate::outcome::{Outcome, Stop};
use crate::trouble::{FragileDatabase, Trouble};

/// How often a start is tried.
const ATTEMPTS: usize = 3;

/// The variable of an app whose requests wait a second for a connection. Where the database is gone, PostgreSQL's driver
/// tries again until then, and SQLite's fails at once.
pub(crate) fn impatient() -> (&'static str, String) {
    ("DATABASE_ACQUIRE_TIMEOUT_MS", "1000".to_owned())
}

/// A further app, for as long as this value lives. Nobody else uses it or its database, so that both may stay in trouble
/// when a check ends early.
pub(crate) struct Troubled {
    started: StartedApp,
    database: FragileDatabase,
}

impl Troubled {
    /// Starts the same app as this one, with some environment variables such as `DATABASE_MAX_CONNECTIONS`. None where
    /// that cannot be done: the app runs at a URL, or the system cannot bring its database into trouble.
    pub(crate) async fn start(app: &App, variables: Vec<(&'static str, String)>) -> Outcome<Option<Self>> {
        let Ok(settings) = app.settings() else { return Ok(None) };
        let Some(database) = FragileDatabase::fresh().await.map_err(Stop::not_run)? else { return Ok(None) };
        let settings = Settings { database_url: database.url().to_owned(), replicas: 1, variables, ..settings };
        let started = start_with(app, &settings).await?;
        Ok(Some(Self { started, database }))
    }

    /// The app.
    pub(crate) fn app(&self) -> &App {
        &self.started.app
    }

    /// The app and its database, to do something with both at the same time.
    pub(crate) fn parts(&mut self) -> (&App, &mut FragileDatabase) {
        (&self.started.app, &mut self.database)
    }

    /// Brings its database into trouble, out of any that it is in.
    pub(crate) async fn bring_into(&mut self, trouble: Trouble) -> Outcome {
        self.database.bring_into(trouble).await.map_err(Stop::not_run)
    }

    /// Lets its database answer again.
    pub(crate) async fn restore(&mut self) -> Outcome {
        self.database.restore().await.map_err(Stop::not_run)
    }
}

/// A short time limit may end the start itself, on a machine that is busy.
async fn start_with(app: &App, settings: &Settings) -> Outcome<StartedApp> {
    let mut attempt = 1;
    loop {
        let started = app.start_with(settings).await;
        if started.is_ok() || attempt == ATTEMPTS {
            return started;
        }
        attempt += 1;
    }
}
