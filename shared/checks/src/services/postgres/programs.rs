//! The programs of PostgreSQL, where they are installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::services::ServiceError;

pub(super) const PACKAGE: &str = "postgresql";
/// Debian's servers, one folder for each version.
const DEBIAN_SERVERS: &str = "/usr/lib/postgresql";

/// The folder of `initdb` and `postgres`. Debian keeps it out of the PATH, since there may be several.
pub(super) fn server_programs() -> Result<PathBuf, ServiceError> {
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
