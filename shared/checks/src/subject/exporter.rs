//! The exporter under test, between a real PostgreSQL and a client that scrapes it.

use tokio::sync::Mutex;

use super::app::App;
use super::scene::Scene;
use super::start_error::StartError;
use super::watched::WatchedDatabase;
use crate::launch::{LaunchError, Launcher, Program, Running};
use crate::services::link::Link;
use crate::services::postgres::Postgres;

/// An exporter that runs for as long as this value lives, and all that is around it.
pub struct Exporter {
    /// Its page, as a client sees it.
    pub(crate) app: App,
    /// Its way to the database, which a check may cut.
    pub(crate) link: Mutex<Link>,
    /// The program, to start it once more.
    pub(crate) program: Program,
    /// What it watches.
    pub(crate) database: WatchedDatabase,
    /// What it says besides its page.
    pub(crate) running: Running,
    /// What there is to see in PostgreSQL, once somebody needs it.
    pub(crate) scene: Scene,
}

impl Exporter {
    /// Starts the program on a fresh database.
    ///
    /// # Errors
    ///
    /// When there is no PostgreSQL, or the program does not start.
    pub async fn start(program: Program) -> Result<Self, StartError> {
        let database = WatchedDatabase::create(Postgres::start().await?).await?;
        let link = Link::to(&database.address()).await.map_err(LaunchError::Io)?;
        let running = program.launch(&database.settings(&link)).await?;
        let app = App::at(&running.base_urls[0]).map_err(LaunchError::Client)?;
        Ok(Self { app, link: Mutex::new(link), program, database, running, scene: Scene::default() })
    }

    /// The same exporter, of a server of its own.
    pub(super) async fn start_apart(&self) -> Result<Self, StartError> {
        Self::start(self.program.clone()).await
    }

    /// Another program on the same database, for as long as what is returned lives.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub(crate) async fn start_beside(&self, program: &Program) -> Result<(App, Running), LaunchError> {
        let running = program.launch(&self.database.settings(&*self.link.lock().await)).await?;
        let app = App::at(&running.base_urls[0]).map_err(LaunchError::Client)?;
        Ok((app, running))
    }
}
