//! A fresh database for each app under test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;

use crate::memory;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A database that nobody else uses, and that goes when this value does.
pub struct Database {
    url: String,
    home: Home,
}

/// Where it lives.
enum Home {
    /// A file in this folder.
    Sqlite { _folder: TempDir },
    /// A server, which `server_url` reaches.
    Postgres { server_url: String, name: String },
}

/// Why there is no database to check with.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No place for a file.
    #[error("cannot make a folder for the database: {0}")]
    Folder(#[from] std::io::Error),
    /// `DATABASE_URL` does not help.
    #[error("cannot make a database for the checks on the server of DATABASE_URL: {0}")]
    Server(#[from] sqlx::Error),
    /// It does not even answer.
    #[error("the server of DATABASE_URL did not answer within {} seconds", CONNECT_TIMEOUT.as_secs())]
    Timeout,
    /// It is no URL.
    #[error("DATABASE_URL is not a URL")]
    Url,
}

/// A lock that makes everybody else's writes to carts wait. Reads go on.
pub(crate) struct WriteLock(AnyConnection);

impl Database {
    /// Makes one: on the server of `DATABASE_URL` if that names PostgreSQL, else a file of SQLite.
    ///
    /// # Errors
    ///
    /// When there is no room for it.
    pub async fn fresh() -> Result<Self, DatabaseError> {
        sqlx::any::install_default_drivers();
        match std::env::var("DATABASE_URL") {
            Ok(url) if url.starts_with("postgres") => Self::on_postgres(url).await,
            _ => Self::in_a_file(),
        }
    }

    fn in_a_file() -> Result<Self, DatabaseError> {
        let folder = memory::folder("shop-")?;
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("shop.db").display());
        Ok(Self { url, home: Home::Sqlite { _folder: folder } })
    }

    async fn on_postgres(server_url: String) -> Result<Self, DatabaseError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Only the number has to differ; it orders nothing else.
        let name = format!("check_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut url = reqwest::Url::parse(&server_url).map_err(|_| DatabaseError::Url)?;
        url.set_path(&name);
        let mut server = connect(&server_url).await?;
        server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
        server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        server.close().await?;
        Ok(Self { url: url.into(), home: Home::Postgres { server_url, name } })
    }

    /// Its URL, for the app.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many carts are open, as the database itself says.
    pub(crate) async fn open_carts(&self) -> Result<i64, DatabaseError> {
        let mut connection = connect(&self.url).await?;
        let (count,) = sqlx::query_as("SELECT COUNT(*) FROM carts").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(count)
    }

    /// Runs statements by themselves, one after the other, past the app.
    pub(crate) async fn execute(&self, statements: &[&'static str]) -> Result<(), DatabaseError> {
        let mut connection = connect(&self.url).await?;
        for statement in statements {
            connection.execute(*statement).await?;
        }
        Ok(connection.close().await?)
    }

    /// Makes writes to carts wait until the lock is released.
    pub(crate) async fn lock_writes(&self) -> Result<WriteLock, DatabaseError> {
        let mut connection = connect(&self.url).await?;
        match self.home {
            Home::Sqlite { .. } => connection.execute("BEGIN IMMEDIATE").await?,
            Home::Postgres { .. } => {
                connection.execute("BEGIN").await?;
                connection.execute("LOCK TABLE carts, cart_items IN EXCLUSIVE MODE").await?
            }
        };
        Ok(WriteLock(connection))
    }
}

impl WriteLock {
    /// Commits what was written through [`WriteLock::connection`], and lets the others go on.
    pub(crate) async fn commit(mut self) -> Result<(), DatabaseError> {
        self.0.execute("COMMIT").await?;
        self.0.close().await?;
        Ok(())
    }

    /// The connection that holds the lock, and may write.
    pub(crate) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }

    pub(crate) async fn release(mut self) -> Result<(), DatabaseError> {
        self.0.execute("ROLLBACK").await?;
        self.0.close().await?;
        Ok(())
    }
}

/// A connection of the check's own.
pub(crate) async fn connect(url: &str) -> Result<AnyConnection, DatabaseError> {
    let options: AnyConnectOptions = url.parse()?;
    let options = options.disable_statement_logging();
    let connect = tokio::time::timeout(CONNECT_TIMEOUT, AnyConnection::connect_with(&options));
    Ok(connect.await.map_err(|_| DatabaseError::Timeout)??)
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Home::Postgres { server_url, name } = &self.home {
            block_on(drop_database(server_url.clone(), name.clone()));
        }
    }
}

/// Cleans up, from a place that cannot wait for anything async, such as a `drop`: in a thread of its own.
///
/// What cannot be cleaned up stays behind. A check's verdict does not depend on it.
pub(crate) fn block_on<T: Send + 'static>(clean_up: impl Future<Output = T> + Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
        let _ = std::thread::spawn(move || runtime.block_on(clean_up)).join();
    }
}

async fn drop_database(server_url: String, name: String) -> Result<(), DatabaseError> {
    let mut server = connect(&server_url).await?;
    server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
    Ok(())
}
