//! The exporter under test, between a real PostgreSQL and a client that scrapes it.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::Mutex;

use crate::App;
use crate::database::DatabaseError;
use crate::launch::{LaunchError, Launcher, Program, Running, Settings};
use crate::services::link::Link;
use crate::services::postgres::Postgres;
use crate::subject::StartError;

/// PostgreSQL's own port, for a URL that names none.
const DEFAULT_PORT: u16 = 5432;

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
}

/// A database of its own on a real server, and a role there that may read statistics and nothing else. Both go with
/// this value.
pub(crate) struct WatchedDatabase {
    /// The name of the database, and of the role.
    pub(crate) name: String,
    /// What must appear nowhere.
    pub(crate) password: String,
    /// The server, as a superuser.
    server_url: Url,
    _postgres: Postgres,
}

impl Exporter {
    /// Starts the program on a fresh database.
    ///
    /// # Errors
    ///
    /// When there is no PostgreSQL, or the program does not start.
    pub async fn start(program: Program) -> Result<Self, StartError> {
        let database = WatchedDatabase::create().await?;
        let link = Link::to(&database.address()).await.map_err(LaunchError::Io)?;
        let running = program.launch(&database.settings(&link)).await?;
        let app = App::at(&running.base_urls[0]).map_err(LaunchError::Client)?;
        Ok(Self { app, link: Mutex::new(link), program, database, running })
    }
}

impl WatchedDatabase {
    async fn create() -> Result<Self, StartError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let postgres = Postgres::start().await?;
        let server_url = postgres.url().parse().map_err(|_| DatabaseError::Url)?;
        // Only the number has to differ; it orders nothing else.
        let name = format!("watched_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let password = format!("hidden-{name}");
        let database = Self { name, password, server_url, _postgres: postgres };
        database.create_role_and_database().await.map_err(DatabaseError::Server)?;
        Ok(database)
    }

    async fn create_role_and_database(&self) -> sqlx::Result<()> {
        let Self { name, password, .. } = self;
        let mut server = PgConnection::connect(self.server_url.as_str()).await?;
        server.execute(AssertSqlSafe(format!("CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE pg_monitor"))).await?;
        server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        server.close().await
    }

    /// A connection to the database, as a superuser.
    pub(crate) async fn connect(&self) -> sqlx::Result<PgConnection> {
        let mut url = self.server_url.clone();
        url.set_path(&self.name);
        PgConnection::connect(url.as_str()).await
    }

    /// Where the server listens.
    fn address(&self) -> String {
        let host = self.server_url.host_str().unwrap_or("127.0.0.1");
        format!("{host}:{}", self.server_url.port().unwrap_or(DEFAULT_PORT))
    }

    /// How to start an exporter that reaches the database by a link.
    pub(crate) fn settings(&self, link: &Link) -> Settings {
        let Self { name, password, .. } = self;
        let database_url = format!("postgres://{name}:{password}@{}/{name}", link.address());
        Settings { database_url, replicas: 1, ..Settings::default() }
    }

    async fn drop_all(server_url: Url, name: String) -> sqlx::Result<()> {
        let mut server = PgConnection::connect(server_url.as_str()).await?;
        server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
        server.execute(AssertSqlSafe(format!("DROP ROLE IF EXISTS {name}"))).await?;
        server.close().await
    }
}

impl Drop for WatchedDatabase {
    fn drop(&mut self) {
        crate::database::block_on(Self::drop_all(self.server_url.clone(), self.name.clone()));
    }
}
