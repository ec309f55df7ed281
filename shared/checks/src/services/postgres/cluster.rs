//! The data of an empty server, which are made once and copied for each server: `initdb` takes longer than all else that a
//! start does.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

use super::owner::Owner;
use super::programs::{PACKAGE, server_programs};
use super::superuser::{SUPERUSER, random_password};
use crate::memory;
use crate::services::{ServiceError, not_started};

/// How the name of a server's folder begins.
pub(super) const FOLDER: &str = "postgres-";

/// A cluster that no server runs on. Its folder goes with the last server that is a copy of it.
pub(super) struct Cluster {
    /// The folder of `initdb` and `postgres`.
    pub(super) programs: PathBuf,
    /// The superuser's, until a server is given its own.
    pub(super) password: String,
    folder: TempDir,
}

impl Cluster {
    /// The one of this process, which is made where none is in use.
    pub(super) fn of_this_process() -> Result<Arc<Self>, ServiceError> {
        static CLUSTER: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cluster) = shared.upgrade() {
            return Ok(cluster);
        }
        let cluster = Arc::new(Self::init()?);
        *shared = Arc::downgrade(&cluster);
        Ok(cluster)
    }

    fn init() -> Result<Self, ServiceError> {
        let (programs, folder, password) = (server_programs()?, memory::folder(FOLDER)?, random_password());
        let owner = Owner::of_a_server(folder.path())?;
        let mut command = owner.command(&programs.join("initdb"), &folder);
        // Checks open many connections, and a hash of the password takes a program that is not optimised long for each.
        command.args(["--auth=password", "--no-sync", "--encoding=UTF8", "--locale=C", "--username", SUPERUSER]);
        // Whoever copies the cluster copies a segment of its log.
        command.arg("--wal-segsize=1");
        let password_file = folder.path().join("password");
        std::fs::write(&password_file, &password)?;
        owner.is_given(&password_file)?;
        command.arg("--pwfile").arg(&password_file);
        let output = command.arg("-D").arg(data(&folder)).output();
        let output = output.map_err(|error| not_started(error, "initdb", PACKAGE))?;
        if !output.status.success() {
            let log = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(ServiceError::Ended { program: "initdb", status: output.status, log });
        }
        std::fs::remove_file(password_file)?;
        Ok(Self { programs, password, folder })
    }

    /// Copies it to where a server can start with it, and says as whom.
    pub(super) fn copy_to(&self, folder: &TempDir) -> Result<Owner, ServiceError> {
        let owner = Owner::of_a_server(folder.path())?;
        copy(&data(&self.folder), &data(folder), &owner)?;
        Ok(owner)
    }
}

/// Where the data are.
pub(super) fn data(folder: &TempDir) -> PathBuf {
    folder.path().join("data")
}

/// A folder with all that is in it, for its owner.
fn copy(from: &Path, to: &Path, owner: &Owner) -> io::Result<()> {
    std::fs::create_dir(to)?;
    std::fs::set_permissions(to, std::fs::metadata(from)?.permissions())?;
    owner.is_given(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to, owner)?;
        } else {
            std::fs::copy(&from, &to)?;
            owner.is_given(&to)?;
        }
    }
    Ok(())
}
