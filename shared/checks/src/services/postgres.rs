//! A PostgreSQL that nobody else uses.

use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::ports::free_port;
use crate::services::{Server, ServiceError, container, not_started};

const PACKAGE: &str = "postgresql";
const IMAGE: &str = "postgres:17";
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
/// Debian's servers, one folder for each version.
const DEBIAN_SERVERS: &str = "/usr/lib/postgresql";

/// A server that runs for as long as this value lives, or the one of `LAB_POSTGRES_URL`.
pub struct Postgres {
    url: String,
    server: Option<Server>,
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
            return Ok(Self { url, server: None });
        }
        let port = free_port()?;
        let password = random_password();
        let mut server = start_any(port, &password)?;
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        server.wait_until(|| takes_sessions(&url)).await?;
        Ok(Self { url, server: Some(server) })
    }

    /// How to reach it, as a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it was started here, so that nobody else uses it.
    pub fn is_own(&self) -> bool {
        self.server.is_some()
    }
}

/// One that nobody guesses: a superuser of PostgreSQL can start programs, and what is checked must not become one.
pub(crate) fn random_password() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// An installed one, else a container.
fn start_any(port: u16, password: &str) -> Result<Server, ServiceError> {
    let folder = tempfile::Builder::new().prefix("postgres-").tempdir()?;
    let missing = match server_programs() {
        Ok(programs) => return start_installed(&programs, port, password, folder),
        Err(missing) => missing,
    };
    // Without a value, as the list of processes would show it: Docker takes it from its own environment.
    let mut command = container(IMAGE, port, PORT_INSIDE, &["POSTGRES_PASSWORD"]).ok_or(missing)?;
    command.env("POSTGRES_PASSWORD", password);
    command.args(settings());
    Server::start("docker", PACKAGE, command, folder)
}

fn start_installed(programs: &Path, port: u16, password: &str, folder: TempDir) -> Result<Server, ServiceError> {
    let owner = Owner::of_a_server(folder.path())?;
    init_cluster(programs, password, &folder, &owner)?;
    let mut command = owner.command(&programs.join("postgres"), &folder);
    // Nobody needs the data after a crash of the machine, so nothing has to wait for the disk.
    command.arg("-D").arg(data(&folder)).args(["-c", "fsync=off"]);
    command.args(settings());
    command.arg("-k").arg(folder.path()).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    Server::start("postgres", PACKAGE, command, folder)
}

fn settings() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().flat_map(|setting| ["-c", setting])
}

fn init_cluster(programs: &Path, password: &str, folder: &TempDir, owner: &Owner) -> Result<(), ServiceError> {
    let mut command = owner.command(&programs.join("initdb"), folder);
    // Checks open many connections, and a hash of the password takes a program that is not optimised long for each.
    command.args(["--auth=password", "--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, password)?;
    owner.is_given(&password_file)?;
    command.arg("--pwfile").arg(&password_file);
    let output = command.arg("-D").arg(data(folder)).output();
    let output = output.map_err(|error| not_started(error, "initdb", PACKAGE))?;
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(ServiceError::Ended { program: "initdb", status: output.status, log });
    }
    std::fs::remove_file(password_file)?;
    Ok(())
}

fn data(folder: &TempDir) -> PathBuf {
    folder.path().join("data")
}

/// One that starts refuses sessions, or has no port yet.
async fn takes_sessions(url: &str) -> bool {
    match PgConnection::connect(url).await {
        Ok(session) => session.close().await.is_ok(),
        Err(_) => false,
    }
}

/// The folder of `initdb` and `postgres`. Debian keeps it out of the PATH, since there may be several.
fn server_programs() -> Result<PathBuf, ServiceError> {
    let has_server = |folder: &PathBuf| folder.join("postgres").is_file() && folder.join("initdb").is_file();
    let folder = configured_programs().into_iter().chain(debian_programs()).find(has_server);
    folder.ok_or(ServiceError::Missing { program: "postgres", package: PACKAGE })
}

/// What `pg_config` says. It may have come without a server.
fn configured_programs() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end()))
}

/// Where Debian keeps the programs of its servers, the highest version first.
pub fn debian_programs() -> Vec<PathBuf> {
    let version = |name: &str| name.parse::<u32>().ok();
    let entries = std::fs::read_dir(DEBIAN_SERVERS).into_iter().flatten().flatten();
    let mut versions: Vec<_> = entries.filter_map(|entry| version(entry.file_name().to_str()?)).collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.into_iter().map(|version| Path::new(DEBIAN_SERVERS).join(version.to_string()).join("bin")).collect()
}

/// Whom the server runs as: PostgreSQL refuses to run as root.
struct Owner {
    #[cfg(unix)]
    user: Option<nix::unistd::User>,
}

#[cfg(unix)]
impl Owner {
    /// Us; or if we are root, the user that Debian's package made, who is given the folder.
    fn of_a_server(folder: &Path) -> Result<Self, ServiceError> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(Self { user: None });
        }
        let user = nix::unistd::User::from_name("postgres").map_err(std::io::Error::from)?;
        let owner = Self { user: Some(user.ok_or(ServiceError::NoUser)?) };
        owner.is_given(folder)?;
        Ok(owner)
    }

    /// Makes a file or a folder theirs.
    fn is_given(&self, path: &Path) -> std::io::Result<()> {
        let ids = self.user.as_ref().map(|user| (user.uid.as_raw(), user.gid.as_raw()));
        ids.map_or(Ok(()), |(user, group)| std::os::unix::fs::chown(path, Some(user), Some(group)))
    }

    /// A command of this user, in the folder: the working folder of root may be closed to them.
    fn command(&self, program: &Path, folder: &TempDir) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(program);
        command.current_dir(folder);
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}

#[cfg(not(unix))]
impl Owner {
    fn of_a_server(_: &Path) -> Result<Self, ServiceError> {
        Ok(Self {})
    }

    fn is_given(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }

    fn command(&self, program: &Path, folder: &TempDir) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        command
    }
}
