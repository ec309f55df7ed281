//! A PostgreSQL that nobody else uses.

mod cluster;
mod owner;
mod programs;
mod superuser;

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use self::cluster::Cluster;
use self::programs::PACKAGE;
pub use self::programs::debian_programs;
use self::superuser::SUPERUSER;
pub(crate) use self::superuser::random_password;
use crate::memory;
use crate::ports::free_port;
use crate::services::ending::Ending;
use crate::services::{Server, ServiceError, container};

const IMAGE: &str = "postgres:18";
/// Where it listens in a container.
const PORT_INSIDE: u16 = 5432;
/// Settings that differ from the defaults: one for each type and each unit that PostgreSQL has. They show who confuses
/// a setting with its default. With few buffers, there is something to write; with `track_io_timing`, it has a time.
const SETTINGS: [&str; 15] = [
    "shared_buffers=24MB",
    "track_io_timing=on",
    "max_connections=150",
    "max_prepared_transactions=4",
    "random_page_cost=2.5",
    "vacuum_cost_delay=1.5ms",
    "maintenance_work_mem=77MB",
    "max_wal_size=512MB",
    "track_activity_query_size=2kB",
    "log_rotation_age=90min",
    "checkpoint_timeout=400s",
    "log_min_duration_statement=90s",
    "autovacuum_work_mem=-1",
    "statement_timeout=11min",
    "lock_timeout=7min",
];
/// What spares each session a hash that is slow on purpose: where nobody keeps a database, nobody has to be kept from trying
/// passwords. The first is for version 16 and newer, the second for older ones.
const QUICK_PASSWORDS: [&str; 2] = ["scram_iterations = 1", "password_encryption = 'md5'"];

/// A server that runs for as long as this value lives, or the one of `LAB_POSTGRES_URL`.
pub struct Postgres {
    url: String,
    own: Option<Ending<Own>>,
}

/// What a server starts with. While it is there, each starts at once.
pub struct Warm {
    _cluster: Option<Arc<Cluster>>,
}

impl Warm {
    /// Makes it, which takes half a second: where servers are installed, and where they are needed.
    pub async fn up() -> Self {
        if std::env::var_os("LAB_POSTGRES_URL").is_some() {
            return Self { _cluster: None };
        }
        // What fails here fails again, and is told, when a server starts.
        let cluster = tokio::task::spawn_blocking(|| Cluster::of_this_process().ok());
        Self { _cluster: cluster.await.ok().flatten() }
    }
}

impl Postgres {
    /// Takes the server that `LAB_POSTGRES_URL` names. Else starts one with an empty cluster, or a container where no
    /// server is installed and Docker answers.
    ///
    /// # Errors
    ///
    /// When none is installed, or it does not start.
    pub async fn start() -> Result<Self, ServiceError> {
        if let Ok(url) = std::env::var("LAB_POSTGRES_URL") {
            return Ok(Self { url, own: None });
        }
        let port = free_port()?;
        let started = tokio::task::spawn_blocking(move || start_any(port)).await;
        let Started { mut server, password, cluster } = started.map_err(std::io::Error::other)??;
        let mut url = url(port, &password);
        let is_shared = cluster.is_some();
        server.wait_until(|| takes_sessions(&url)).await?;
        if is_shared {
            let own = random_password();
            change_password(&url, &own).await.map_err(refused)?;
            url = self::url(port, &own);
        }
        Ok(Self { url, own: Some(Ending::of(Own { server, cluster })) })
    }

    /// How to reach it, as a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it was started here, so that nobody else uses it.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }
}

/// A server that was started here.
struct Own {
    server: Server,
    /// What its data are a copy of. Nobody needs them, so that it need not write them before it ends.
    cluster: Option<Arc<Cluster>>,
}

impl Drop for Own {
    fn drop(&mut self) {
        if self.cluster.is_some() {
            quit(&mut self.server);
        }
    }
}

#[cfg(unix)]
fn quit(server: &mut Server) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    if let Ok(id) = i32::try_from(server.child.id()) {
        // Fails when it has ended by itself.
        let _ = kill(Pid::from_raw(id), Signal::SIGQUIT);
    }
}

#[cfg(not(unix))]
fn quit(_: &mut Server) {}

/// A server that has been told to start.
struct Started {
    server: Server,
    password: String,
    /// What its data are a copy of, with the password.
    cluster: Option<Arc<Cluster>>,
}

/// An installed one, else a container.
fn start_any(port: u16) -> Result<Started, ServiceError> {
    let missing = match Cluster::of_this_process() {
        Ok(cluster) => return start_installed(cluster, port),
        Err(missing @ ServiceError::Missing { .. }) => missing,
        Err(error) => return Err(error),
    };
    let password = random_password();
    // Without a value, as the list of processes would show it: Docker takes it from its own environment.
    let mut command = container(IMAGE, port, PORT_INSIDE, &["POSTGRES_PASSWORD"]).ok_or(missing)?;
    command.env("POSTGRES_PASSWORD", &password);
    command.args(settings());
    let server = Server::start("docker", PACKAGE, command, memory::folder(cluster::FOLDER)?)?;
    Ok(Started { server, password, cluster: None })
}

fn start_installed(cluster: Arc<Cluster>, port: u16) -> Result<Started, ServiceError> {
    let folder = memory::folder(cluster::FOLDER)?;
    let owner = cluster.copy_to(&folder)?;
    let mut command = owner.command(&cluster.programs.join("postgres"), &folder);
    // Nobody needs the data after a crash of the machine, so nothing has to wait for the disk.
    command.arg("-D").arg(cluster::data(&folder)).args(["-c", "fsync=off"]);
    command.args(settings());
    command.arg("-k").arg(folder.path()).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    let server = Server::start("postgres", PACKAGE, command, folder)?;
    Ok(Started { server, password: cluster.password.clone(), cluster: Some(cluster) })
}

fn settings() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().flat_map(|setting| ["-c", setting])
}

fn url(port: u16, password: &str) -> String {
    format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres")
}

/// Gives the superuser a password that no other server has.
async fn change_password(url: &str, password: &str) -> sqlx::Result<()> {
    let mut session = PgConnection::connect(url).await?;
    for setting in QUICK_PASSWORDS {
        // Each version knows one of them at least.
        if session.execute(AssertSqlSafe(format!("ALTER ROLE ALL SET {setting}"))).await.is_ok() {
            // For this session, too.
            session.execute(AssertSqlSafe(format!("SET {setting}"))).await?;
            break;
        }
    }
    session.execute(AssertSqlSafe(format!("ALTER ROLE {SUPERUSER} PASSWORD '{password}'"))).await?;
    session.close().await
}

fn refused(error: sqlx::Error) -> ServiceError {
    ServiceError::Refused { program: "postgres", reason: error.to_string() }
}

/// One that starts refuses sessions, or has no port yet.
async fn takes_sessions(url: &str) -> bool {
    match PgConnection::connect(url).await {
        Ok(session) => session.close().await.is_ok(),
        Err(_) => false,
    }
}
