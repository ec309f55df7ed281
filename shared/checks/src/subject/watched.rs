//! What the exporter watches: a database on a real server, and the check's own sessions there.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Url;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::session::{Session, identifier, literal, not_run};

use crate::database::DatabaseError;
use crate::launch::Settings;
use crate::outcome::Outcome;
use crate::services::link::Link;
use crate::services::postgres::{Postgres, random_password};

/// PostgreSQL's own port, for a URL that names none.
const DEFAULT_PORT: u16 = 5432;
/// What a check's own sessions call themselves.
pub(crate) const APPLICATION_NAME: &str = "check";

/// A database of its own on a real server, and a role there that may read statistics and nothing else. Both go with
/// this value.
pub struct WatchedDatabase {
    /// The name of the database, and of the role.
    pub(crate) name: String,
    /// What must appear nowhere.
    pub(crate) password: String,
    /// Of the superusers that a check makes. The exporter must not become one.
    superuser_password: String,
    /// The server, as a superuser.
    server_url: Url,
    postgres: Postgres,
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
        let database = Self { name, password, superuser_password: random_password(), server_url, postgres };
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
        // An extension whose settings have a dot in their names.
        let preload = format!("ALTER DATABASE {name} SET session_preload_libraries = 'plpgsql'");
        server.execute(AssertSqlSafe(preload)).await?;
        server.close().await
    }

    /// A session in the database, as a superuser.
    pub(crate) async fn connect(&self) -> Outcome<Session> {
        Session::open(&self.options()?).await
    }

    /// A session in another database of the server.
    pub(crate) async fn connect_to(&self, database: &str) -> Outcome<Session> {
        Session::open(&self.options()?.database(database)).await
    }

    /// A session as the exporter's role.
    pub(crate) async fn connect_as_its_role(&self, application_name: &str) -> Outcome<Session> {
        let options = self.options()?.username(&self.name).password(&self.password);
        Session::open(&options.application_name(application_name)).await
    }

    /// Makes a superuser, for [`WatchedDatabase::connect_as`].
    pub(crate) async fn create_superuser(&self, name: &str) -> Outcome {
        let mut session = self.connect().await?;
        self.create_superusers(&mut session, &[name.to_owned()]).await?;
        session.close().await
    }

    /// Makes some by a session, which then hides what it does.
    pub(super) async fn create_superusers(&self, session: &mut Session, names: &[String]) -> Outcome {
        // The exporter may read what a session has executed last.
        session.run("SET track_activities = off").await?;
        let password = literal(&self.superuser_password);
        for name in names {
            session.run(&format!("CREATE ROLE {} LOGIN SUPERUSER PASSWORD {password}", identifier(name))).await?;
        }
        Ok(())
    }

    /// A session as a superuser that a check has made.
    pub(crate) async fn connect_as(&self, database: &str, user: &str, application_name: &str) -> Outcome<Session> {
        let options = self.options()?.database(database).username(user).password(&self.superuser_password);
        Session::open(&options.application_name(application_name)).await
    }

    fn options(&self) -> Outcome<PgConnectOptions> {
        let options: PgConnectOptions = self.server_url.as_str().parse().map_err(not_run)?;
        Ok(options.database(&self.name).application_name(APPLICATION_NAME))
    }

    /// Whether nobody but the check uses the server.
    pub(crate) fn is_alone(&self) -> bool {
        self.postgres.is_own()
    }

    /// The name of a second database, which a check may create. It goes with this value, too.
    pub(crate) fn second_name(&self) -> String {
        format!("{}_second", self.name)
    }

    /// A further database in which much happens.
    pub(crate) fn busy(&self) -> String {
        format!("{}_busy", self.name)
    }

    /// Databases whose names look like that of the busy one without quotes or in small letters.
    pub(super) fn quiet_databases(&self) -> [String; 3] {
        let name = &self.name;
        [format!("{name}_Busy"), format!("{name}_\"busy\""), format!("{name}_ü 100% \\n,.'")]
    }

    /// The roles of the customers, whose names look alike without quotes or in small letters.
    pub(crate) fn customers(&self) -> [String; 3] {
        let name = &self.name;
        [format!("{name}_ann"), format!("{name}_Ann"), format!("{name}_\"ann\"")]
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
        self.settings_for(&self.name, link)
    }

    /// How to start an exporter that watches another database of the server.
    pub(crate) fn settings_for(&self, database: &str, link: &Link) -> Settings {
        let Self { name, password, .. } = self;
        let database_url = format!("postgres://{name}:{password}@{}/{database}", link.address());
        Settings { database_url, replicas: 1, ..Settings::default() }
    }

    /// Drops all databases and roles whose names begin with this one.
    async fn drop_all(server_url: Url, name: String) -> sqlx::Result<()> {
        let mut server = PgConnection::connect(server_url.as_str()).await?;
        for (kind, names) in [
            ("DATABASE", "SELECT datname::text FROM pg_database WHERE starts_with(lower(datname), "),
            ("ROLE", "SELECT rolname::text FROM pg_roles WHERE starts_with(lower(rolname), "),
        ] {
            let names = sqlx::query_scalar(AssertSqlSafe(format!("{names}{})", literal(&name))));
            let names: Vec<String> = names.fetch_all(&mut server).await?;
            let force = if kind == "DATABASE" { " WITH (FORCE)" } else { "" };
            for name in names {
                server.execute(AssertSqlSafe(format!("DROP {kind} IF EXISTS {}{force}", identifier(&name)))).await?;
            }
        }
        server.close().await
    }
}

impl Drop for WatchedDatabase {
    fn drop(&mut self) {
        // A server of our own goes with all that is on it.
        if !self.is_alone() {
            crate::database::block_on(Self::drop_all(self.server_url.clone(), self.name.clone()));
        }
    }
}
