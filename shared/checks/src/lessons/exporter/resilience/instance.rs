//! A further exporter, beside the one that is judged.

use super::collectors::TABLE;
use crate::launch::{Launcher, Running};
use crate::outcome::{Outcome, Stop};
use crate::services::link::Link;
use crate::subject::app::App;
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

/// An exporter for as long as this value lives.
pub(super) struct Instance {
    pub(super) app: App,
    /// The name of its database.
    pub(super) database: String,
    /// A session of the check there.
    pub(super) session: Session,
    pub(super) link: Link,
    _running: Running,
}

impl Instance {
    /// Starts one that watches a new database of the same server, in which there is one table.
    pub(super) async fn start(exporter: &Exporter, suffix: &str) -> Outcome<Self> {
        let database = format!("{}_{suffix}", exporter.database.name);
        let mut admin = exporter.database.connect().await?;
        admin.run(&format!("CREATE DATABASE {database}")).await?;
        admin.close().await?;
        let mut session = exporter.database.connect_to(&database).await?;
        session.run(&format!("CREATE TABLE {TABLE} (id int)")).await?;
        let link = Link::to(&exporter.database.address()).await.map_err(Stop::not_run)?;
        let settings = exporter.database.settings_for(&database, &link);
        let running = exporter.program.launch(&settings).await.map_err(Stop::not_run)?;
        let app = App::at(&running.base_urls[0]).map_err(Stop::not_run)?;
        Ok(Self { app, database, session, link, _running: running })
    }
}
