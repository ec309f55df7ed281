//! The environment variables.

use std::env;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use url::{Host, Url};

/// The most connections that `DATABASE_MAX_CONNECTIONS` may ask for. PostgreSQL allows 100 by default.
const MAX_CONNECTIONS_LIMIT: u32 = 100;
/// The longest `DATABASE_ACQUIRE_TIMEOUT_MS`: nobody waits longer than a minute for a page.
const ACQUIRE_TIMEOUT_LIMIT_MS: u64 = 60_000;

/// How the shop runs. Every setting has a default, so that it runs with none.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATABASE_URL`: `sqlite:shop.db` (the default), `sqlite::memory:` or `postgres://...`.
    pub database_url: DatabaseUrl,
    /// `LISTEN_ADDR`: `127.0.0.1:8000` by default. Several, separated by commas, give several replicas of
    /// the app on one database.
    pub listen_addresses: Vec<SocketAddr>,
    /// `METRICS_ADDR`: where `/metrics` is served instead, one address for each of `LISTEN_ADDR`. None by
    /// default: then `/metrics` is served beside the shop.
    pub metrics_addresses: Option<Vec<SocketAddr>>,
    /// `DATABASE_MAX_CONNECTIONS`: the size of the connection pool, 10 by default.
    pub max_connections: u32,
    /// `DATABASE_ACQUIRE_TIMEOUT_MS`: how long a request waits for a connection, 3000 by default.
    pub acquire_timeout: Duration,
}

/// An environment variable that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{variable} is not {expected}, such as {example}")]
pub struct ConfigError {
    variable: &'static str,
    expected: String,
    example: &'static str,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// When a variable is set and cannot be used. The message does not repeat its value, which may hold a
    /// password.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(|name| env::var(name).ok())
    }

    /// Reads variables from anywhere.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`].
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let number = |name| variable(name).map(|text| text.parse().unwrap_or(0));
        let listen_addresses = listen_addresses(variable("LISTEN_ADDR").as_deref().unwrap_or("127.0.0.1:8000"))?;
        let replicas = listen_addresses.len();
        Ok(Self {
            database_url: database_url(variable("DATABASE_URL").as_deref().unwrap_or("sqlite:shop.db"))?,
            listen_addresses,
            metrics_addresses: variable("METRICS_ADDR").map(|text| metrics_addresses(&text, replicas)).transpose()?,
            max_connections: max_connections(number("DATABASE_MAX_CONNECTIONS").unwrap_or(10))?,
            acquire_timeout: acquire_timeout(number("DATABASE_ACQUIRE_TIMEOUT_MS").unwrap_or(3_000))?,
        })
    }
}

fn database_url(text: &str) -> Result<DatabaseUrl, ConfigError> {
    let (expected, example) = match text.parse() {
        Ok(url) => return Ok(url),
        Err(DatabaseUrlError::Unknown) => (
            "the URL of an SQLite or PostgreSQL database",
            "sqlite:shop.db, postgres://shop:PASSWORD@localhost:5432/shop, or host=/var/run/postgresql user=shop dbname=shop",
        ),
        Err(DatabaseUrlError::RawCharacters) => (
            "a URL: a password with one of @ / ? # in it has to be percent-encoded",
            "postgres://shop:p%40ss@localhost:5432/shop for the password p@ss (/ is %2F, ? is %3F, # is %23)",
        ),
    };
    Err(ConfigError { variable: "DATABASE_URL", expected: expected.into(), example })
}

fn listen_addresses(text: &str) -> Result<Vec<SocketAddr>, ConfigError> {
    addresses(text).ok_or_else(|| ConfigError {
        variable: "LISTEN_ADDR",
        expected: "an IP address and a port, or several with commas between them".into(),
        example: "127.0.0.1:8000",
    })
}

fn metrics_addresses(text: &str, replicas: usize) -> Result<Vec<SocketAddr>, ConfigError> {
    addresses(text).filter(|addresses| addresses.len() == replicas).ok_or_else(|| ConfigError {
        variable: "METRICS_ADDR",
        expected: "an IP address and a port for each of LISTEN_ADDR, with commas between them".into(),
        example: "127.0.0.1:9101",
    })
}

fn addresses(text: &str) -> Option<Vec<SocketAddr>> {
    text.split(',').map(|address| address.trim().parse().ok()).collect()
}

fn max_connections(number: u64) -> Result<u32, ConfigError> {
    u32::try_from(number).ok().filter(|count| (1..=MAX_CONNECTIONS_LIMIT).contains(count)).ok_or_else(|| ConfigError {
        variable: "DATABASE_MAX_CONNECTIONS",
        expected: format!("a number from 1 to {MAX_CONNECTIONS_LIMIT}"),
        example: "10",
    })
}

fn acquire_timeout(milliseconds: u64) -> Result<Duration, ConfigError> {
    if !(1..=ACQUIRE_TIMEOUT_LIMIT_MS).contains(&milliseconds) {
        return Err(ConfigError {
            variable: "DATABASE_ACQUIRE_TIMEOUT_MS",
            expected: format!("a number of milliseconds from 1 to {ACQUIRE_TIMEOUT_LIMIT_MS}"),
            example: "3000",
        });
    }
    Ok(Duration::from_millis(milliseconds))
}

/// `SAMPLE_INTERVAL_MS`: the pause between two samples of the process and the machine. A second, if it is not set.
///
/// # Errors
///
/// When it is not a number of milliseconds.
pub fn sample_interval() -> Result<Duration, ConfigError> {
    let Ok(text) = env::var("SAMPLE_INTERVAL_MS") else { return Ok(Duration::from_secs(1)) };
    let milliseconds = text.parse().ok().filter(|milliseconds| *milliseconds > 0);
    milliseconds.map(Duration::from_millis).ok_or_else(|| ConfigError {
        variable: "SAMPLE_INTERVAL_MS",
        expected: "a number of milliseconds from 1 on".into(),
        example: "1000",
    })
}

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Embedded: a file, or memory.
    Sqlite,
    /// A server.
    Postgres,
}

/// The URL of a database. Its `Debug` shows no password.
#[derive(Clone)]
pub struct DatabaseUrl {
    url: Url,
    backend: Backend,
}

/// Why a URL is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseUrlError {
    /// It is no URL, or one of no database that the shop knows.
    Unknown,
    /// A password seems to hold characters that end a part of a URL.
    RawCharacters,
}

impl DatabaseUrl {
    /// Which of the two databases it names.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Whether the database lives in memory, and with one connection.
    pub fn is_in_memory(&self) -> bool {
        self.url.path() == ":memory:" || self.url.query_pairs().any(|pair| pair == ("mode".into(), "memory".into()))
    }

    /// The same URL, by which SQLite opens a file, but does not create one.
    #[must_use]
    pub fn of_existing(&self) -> Self {
        let mut url = self.url.clone();
        if self.backend == Backend::Sqlite && url.query().is_some() {
            let parameters = self.url.query_pairs();
            let parameters = parameters
                .map(|pair| if pair == ("mode".into(), "rwc".into()) { ("mode".into(), "rw".into()) } else { pair });
            url.query_pairs_mut().clear().extend_pairs(parameters);
        }
        Self { url, backend: self.backend }
    }

    /// The whole URL, with the password: for the driver, never for a log.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// The URL for people: without password, and without the parameters, which may hold one too.
    pub fn redacted(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Fails where a URL can hold no password; then there is none to hide.
        let _ = url.set_password(None);
        url.into()
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        if text.starts_with("sqlite:") {
            return Ok(Self { url: sqlite(text)?, backend: Backend::Sqlite });
        }
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let url = if is_url {
            postgres(text)?
        } else {
            postgres(postgres_of_pairs(text).ok_or(DatabaseUrlError::Unknown)?.as_str())?
        };
        Ok(Self { url, backend: Backend::Postgres })
    }
}

fn sqlite(text: &str) -> Result<Url, DatabaseUrlError> {
    let mut url = Url::parse(text).map_err(|_| DatabaseUrlError::Unknown)?;
    // SQLite opens only a file that exists, unless it is told to create it.
    if url.path() != ":memory:" && !url.query_pairs().any(|(key, _)| key == "mode") {
        url.query_pairs_mut().append_pair("mode", "rwc");
    }
    Ok(url)
}

fn postgres(text: &str) -> Result<Url, DatabaseUrlError> {
    // One @ ends user and password, and stands before the first / of a path. Anything else is a part of a password, and
    // would be taken for a host, and shown as one.
    let (_, rest) = text.split_once("://").ok_or(DatabaseUrlError::Unknown)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if rest.contains('#') || rest.matches('@').count() > 1 || rest.contains('@') != authority.contains('@') {
        return Err(DatabaseUrlError::RawCharacters);
    }
    let mut url = Url::parse(text).map_err(|_| DatabaseUrlError::Unknown)?;
    if let Some(Host::Ipv6(address)) = url.host() {
        // sqlx would look for a host whose name has brackets.
        url.query_pairs_mut().append_pair("hostaddr", &address.to_string());
    }
    Ok(url)
}

/// The form that PostgreSQL's own programs take, too: `host=/var/run/postgresql dbname=shop`.
fn postgres_of_pairs(text: &str) -> Option<Url> {
    let mut url = Url::parse("postgres://localhost").ok()?;
    for pair in text.split_whitespace() {
        let (key, value) = pair.split_once('=')?;
        // A URL reads %41 as A, and these pairs as it is written.
        let encoded = value.replace('%', "%25");
        match key {
            "user" => url.set_username(&encoded).ok()?,
            "password" => url.set_password(Some(&encoded)).ok()?,
            "dbname" => url.set_path(&encoded),
            "port" => url.set_port(Some(value.parse().ok()?)).ok()?,
            "host" | "hostaddr" if value.contains(':') => url.set_host(Some(&format!("[{value}]"))).ok()?,
            // The folder of a socket.
            "host" => url.set_host(Some(&value.replace('/', "%2F"))).ok()?,
            "hostaddr" => url.set_host(Some(value)).ok()?,
            "sslmode" | "application_name" => drop(url.query_pairs_mut().append_pair(key, value)),
            _ => return None,
        }
    }
    Some(url)
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.redacted())
    }
}
