//! A further exporter, beside the one that is judged.

use tokio::sync::OnceCell;

use super::collectors::TABLE;
use crate::launch::{Launcher, Running};
use crate::outcome::{Outcome, Stop};
use crate::services::link::Link;
use crate::subject::app::App;
use crate::subject::exporter::Exporter;

/// An exporter for as long as this value lives.
pub(super) struct Instance {
    pub(super) app: App,
    pub(super) link: Link,
    _running: Running,
}

impl Instance {
    /// Starts one that watches this database of the same server.
    pub(super) async fn start(exporter: &Exporter, database: &str) -> Outcome<Self> {
        let link = Link::to(&exporter.database.address()).await.map_err(Stop::not_run)?;
        let settings = exporter.database.settings_for(database, &link);
        let running = exporter.program.launch(&settings).await.map_err(Stop::not_run)?;
        let app = App::at(&running.base_urls[0]).map_err(Stop::not_run)?;
        Ok(Self { app, link, _running: running })
    }
}

/// Creates a database on the same server, in which there is one table, and returns its name.
pub(super) async fn create_database(exporter: &Exporter, suffix: &str) -> Outcome<String> {
    let database = format!("{}_{suffix}", exporter.database.name);
    let mut session = exporter.database.connect().await?;
    session.run(&format!("CREATE DATABASE {database}")).await?;
    session.close().await?;
    let mut session = exporter.database.connect_to(&database).await?;
    session.run(&format!("CREATE TABLE {TABLE} (id int)")).await?;
    session.close().await?;
    Ok(database)
}

/// Exporters that watch one database beside each other.
pub(super) struct Others<'a> {
    exporter: &'a Exporter,
    database: OnceCell<String>,
}

impl<'a> Others<'a> {
    pub(super) fn of(exporter: &'a Exporter) -> Self {
        Self { exporter, database: OnceCell::new() }
    }

    /// One more of them. The first needs the database.
    pub(super) async fn start(&self) -> Outcome<Instance> {
        let database = self.database.get_or_try_init(|| create_database(self.exporter, "others")).await?;
        Instance::start(self.exporter, database).await
    }
}
