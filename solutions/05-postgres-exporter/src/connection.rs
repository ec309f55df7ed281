//! The connection to the database that is watched.
//!
//! Nothing here prints the URL: it holds the password.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use tokio::task::JoinSet;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// How long a scrape waits for a connection. A server that takes longer is down for everybody else, too.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection that is open may take for a sign of life. It may have been lost without a word.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// The most attempts to connect that wait at the same time. One that is dropped would go on in PostgreSQL, where it may
/// wait for a lock, which no time-out of ours ends yet.
const MAX_ATTEMPTS: usize = 3;

/// How long the first attempt may wait before it counts as lost. Each that follows has twice as long, until there is an
/// answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The name of our sessions in `pg_stat_activity`.
const APPLICATION_NAME: &str = "postgres-exporter";

/// What PostgreSQL ends by itself. To drop a future here does not stop the query there. Whatever locks a table for longer
/// than a moment is worth a failed collector.
const SESSION_LIMITS: &str = "SET lock_timeout = '100ms'";

/// A database without an encoding has names that are no UTF-8. One of them would end a query, unless we take it as it is.
const NAMES_AS_THEY_ARE: &str =
    "SELECT set_config('client_encoding', 'SQL_ASCII', false) WHERE current_setting('server_encoding') = 'SQL_ASCII'";

const URL_EXPECTED: &str = "is not the URL of a PostgreSQL database, such as \
    postgres://monitor:PASSWORD@localhost:5432/shop, or postgres://monitor:PASSWORD@%2Fvar%2Frun%2Fpostgresql/shop for a \
    socket. In the user and the password, write `@` as %40, `/` as %2F, `#` as %23, `?` as %3F, and `%` as %25";

/// How to connect, as `DATA_SOURCE_NAME` says, like the official exporter, or else `DATABASE_URL`, like the shop.
///
/// # Errors
///
/// When neither is set, or it is not the URL of a PostgreSQL database. The message does not repeat the URL.
pub fn options_from_env() -> Result<PgConnectOptions> {
    let set = |name| env::var(name).ok().filter(|url| !url.is_empty()).map(|url| (name, url));
    let (name, url) = set("DATA_SOURCE_NAME").or_else(|| set("DATABASE_URL")).context(
        "set DATA_SOURCE_NAME to the URL of the database, such as postgres://monitor:PASSWORD@localhost:5432/shop",
    )?;
    options(&url).with_context(|| format!("{name} {URL_EXPECTED}"))
}

/// What a URL says; nothing if it is not one of a PostgreSQL database.
pub fn options(url: &str) -> Option<PgConnectOptions> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))?;
    // An `@` or a `#` after the host is a sign of a password that has ended the host too early.
    let after_host = rest.find(['/', '?', '#']).map_or("", |end| &rest[end..]);
    if after_host.contains(['@', '#']) {
        return None;
    }
    Some(without_brackets(url.parse().ok()?))
}

/// The brackets of `[::1]` belong to the URL, not to the address.
fn without_brackets(options: PgConnectOptions) -> PgConnectOptions {
    let address = options.get_host().strip_prefix('[').and_then(|host| host.strip_suffix(']')).map(str::to_owned);
    match address {
        Some(address) => options.host(&address),
        None => options,
    }
}

/// Where the server is, as the log says it.
pub fn address(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// A pool of one connection, which is made when somebody needs it, and kept until the next time.
#[derive(Debug)]
pub struct Pool {
    options: PgConnectOptions,
    idle: Option<PgConnection>,
    attempts: JoinSet<Result<sqlx::Result<PgConnection>, Elapsed>>,
    patience: Duration,
}

/// An empty pool.
pub fn pool(options: PgConnectOptions) -> Pool {
    let options = options.application_name(APPLICATION_NAME).disable_statement_logging();
    Pool { options, idle: None, attempts: JoinSet::new(), patience: PATIENCE }
}

impl Pool {
    /// A connection that answers. Whoever drops it closes it.
    pub(crate) async fn acquire(&mut self) -> Result<PgConnection> {
        if let Some(mut connection) = self.idle.take()
            && let Ok(Ok(())) = timeout(PING_TIMEOUT, connection.ping()).await
        {
            return Ok(connection);
        }
        let connection = timeout(CONNECT_TIMEOUT, self.connect()).await;
        let connection = connection.context("the server gives no answer")??;
        self.attempts = JoinSet::new();
        Ok(connection)
    }

    /// Keeps a connection for the next scrape.
    pub(crate) fn give_back(&mut self, connection: PgConnection) {
        self.idle = Some(connection);
    }

    /// Waits for an attempt, which goes on when nobody waits for it any more: the next scrape may find its connection.
    async fn connect(&mut self) -> Result<PgConnection> {
        while let Some(attempt) = self.attempts.try_join_next() {
            if let Ok(Ok(answer)) = attempt {
                self.patience = PATIENCE;
                // A failure of then says nothing about now.
                if let Ok(connection) = answer {
                    return Ok(connection);
                }
            }
        }
        if self.attempts.len() < MAX_ATTEMPTS {
            self.attempts.spawn(timeout(self.patience, attempt(self.options.clone())));
            self.patience *= 2;
        }
        let answer = self.attempts.join_next().await.context("there is no attempt to connect")??;
        let answer = answer.context("an attempt to connect got no answer")?;
        self.patience = PATIENCE;
        Ok(answer?)
    }
}

async fn attempt(options: PgConnectOptions) -> sqlx::Result<PgConnection> {
    let mut connection = options.connect().await?;
    connection.execute(SESSION_LIMITS).await?;
    connection.execute(NAMES_AS_THEY_ARE).await?;
    Ok(connection)
}
