//! The exporter under test, between a real PostgreSQL and a client that scrapes it.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Url;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use tokio::sync::Mutex;

use super::app::App;
use super::start_error::StartError;
use crate::database::DatabaseError;
use crate::launch::{LaunchError, Launcher, Program, Running, Settings};
use crate::outcome::{Outcome, Stop};
use crate::services::link::Link;
use crate::services::postgres::Postgres;

/// PostgreSQL's own port, for a URL that names none.
const DEFAULT_PORT: u16 = 5432;
/// What a check's own sessions call themselves.
pub(crate) const APPLICATION_NAME: &str = "check";

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
pub struct WatchedDatabase {
    /// The name of the database, and of the role.
    pub(crate) name: String,
    /// What must appear nowhere.
    pub(crate) password: String,
    /// The server, as a superuser.
    server_url: Url,
    _postgres: Postgres,
}

/// A session of the check's own in the watched database, as a superuser.
pub(crate) struct Session(PgConnection);

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
        Ok(Self { app, link: Mutex::new(link), program, database, running })
    }
}

impl WatchedDatabase {
    /// Creates both on this server.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn create(postgres: Postgres) -> Result<Self, DatabaseError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server_url = postgres.url().parse().map_err(|_| DatabaseError::Url)?;
        // Only the number has to differ; it orders nothing else.
        let name = format!("watched_{:07}_{:03}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let password = format!("hidden-{name}");
        let database = Self { name, password, server_url, _postgres: postgres };
        database.create_role_and_database().await.map_err(DatabaseError::Server)?;
        Ok(database)
    }

    async fn create_role_and_database(&self) -> sqlx::Result<()> {
        let Self { name, password, .. } = self;
        let mut server = PgConnection::connect(self.server_url.as_str()).await?;
        server
            .execute(AssertSqlSafe(format!("CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE pg_monitor")))
            .await?;
        server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        server.close().await
    }

    /// A session in the database, as a superuser.
    pub(crate) async fn connect(&self) -> Outcome<Session> {
        let mut url = self.server_url.clone();
        url.set_path(&self.name);
        let options: PgConnectOptions = url.as_str().parse().map_err(not_run)?;
        let options = options.application_name(APPLICATION_NAME).disable_statement_logging();
        Ok(Session(options.connect().await.map_err(not_run)?))
    }

    /// The name of a second database, which a check may create. It goes with this value, too.
    pub(crate) fn second_name(&self) -> String {
        format!("{}_second", self.name)
    }

    /// Where the server listens, such as `127.0.0.1:5432`.
    pub fn address(&self) -> String {
        let host = self.server_url.host_str().unwrap_or("127.0.0.1");
        format!("{host}:{}", self.server_url.port().unwrap_or(DEFAULT_PORT))
    }

    /// How the role reaches the database by this address.
    pub fn url_by(&self, address: &str) -> String {
        let Self { name, password, .. } = self;
        format!("postgres://{name}:{password}@{address}/{name}")
    }

    /// How to start an exporter that reaches the database by a link.
    pub(crate) fn settings(&self, link: &Link) -> Settings {
        let database_url = self.url_by(&link.address().to_string());
        Settings { database_url, replicas: 1, ..Settings::default() }
    }

    async fn drop_all(server_url: Url, databases: [String; 2], role: String) -> sqlx::Result<()> {
        let mut server = PgConnection::connect(server_url.as_str()).await?;
        for name in databases {
            server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
        }
        server.execute(AssertSqlSafe(format!("DROP ROLE IF EXISTS {role}"))).await?;
        server.close().await
    }
}

impl Drop for WatchedDatabase {
    fn drop(&mut self) {
        let databases = [self.name.clone(), self.second_name()];
        crate::database::block_on(Self::drop_all(self.server_url.clone(), databases, self.name.clone()));
    }
}

impl Session {
    /// Executes statements, each in a transaction of its own unless they begin one.
    pub(crate) async fn run(&mut self, sql: &str) -> Outcome {
        self.try_run(sql).await.map_err(not_run)
    }

    /// Executes statements that may fail.
    pub(crate) async fn try_run(&mut self, sql: &str) -> sqlx::Result<()> {
        self.0.execute(AssertSqlSafe(sql.to_owned())).await?;
        Ok(())
    }

    /// The first row of a query whose columns are of type `float8`.
    pub(crate) async fn numbers(&mut self, sql: &str) -> Outcome<Vec<f64>> {
        let row = self.0.fetch_one(AssertSqlSafe(sql.to_owned())).await.map_err(not_run)?;
        (0..row.len()).map(|column| row.try_get(column).map_err(not_run)).collect()
    }

    /// The first row of a query that has one column of type `float8`.
    pub(crate) async fn number(&mut self, sql: &str) -> Outcome<f64> {
        Ok(self.numbers(sql).await?.first().copied().unwrap_or_default())
    }

    /// The rows of a query whose first column is of type `text`.
    pub(crate) async fn texts(&mut self, sql: &str) -> Outcome<Vec<String>> {
        let rows = self.0.fetch_all(AssertSqlSafe(sql.to_owned())).await.map_err(not_run)?;
        rows.iter().map(|row| row.try_get(0).map_err(not_run)).collect()
    }

    /// Ends the session. PostgreSQL then adds its statistics to the others.
    pub(crate) async fn close(self) -> Outcome {
        self.0.close().await.map_err(not_run)
    }
}

/// The check's own way to the database failed. That says nothing about the exporter.
fn not_run(error: sqlx::Error) -> Stop {
    Stop::NotRun(format!("the check's own session in PostgreSQL failed: {error}"))
}
