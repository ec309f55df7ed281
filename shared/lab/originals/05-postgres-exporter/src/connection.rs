//! The connection to the database that is watched.
//!
//! Nothing here prints the URL: it holds the password.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Executor, PgConnection};

/// The most connections at a time, however many scrapes there are. An exporter must not use up those of the shop.
const MAX_CONNECTIONS: u32 = 5;

/// How long a scrape waits for a connection. A server that takes longer is down for everybody else, too.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// The name of our sessions in `pg_stat_activity`.
const APPLICATION_NAME: &str = "postgres-exporter";

/// What PostgreSQL ends by itself. To drop a future here does not stop the query there.
//
// TODO (step 6): 0 is no limit. How long may a statement take, and how long may it wait for a lock, so that two of them
// and the wait for a connection are over before Prometheus gives up?
const SESSION_LIMITS: &str = "SET statement_timeout = 0; SET lock_timeout = 0";

const URL_EXPECTED: &str =
    "is not the URL of a PostgreSQL database, such as postgres://monitor:PASSWORD@localhost:5432/shop";

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
    ensure!(url.starts_with("postgres://") || url.starts_with("postgresql://"), "{name} {URL_EXPECTED}");
    url.parse().ok().with_context(|| format!("{name} {URL_EXPECTED}"))
}

/// A pool of connections, none of which is made before somebody needs it.
pub fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| Box::pin(limit_session(connection)))
        .connect_lazy_with(options.application_name(APPLICATION_NAME).disable_statement_logging())
}

async fn limit_session(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute(SESSION_LIMITS).await?;
    Ok(())
}
