//! Whom the server runs as: PostgreSQL refuses to run as root.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::services::ServiceError;

/// A user.
pub(super) struct Owner {
    #[cfg(unix)]
    user: Option<nix::unistd::User>,
}

#[cfg(unix)]
impl Owner {
    /// Us; or if we are root, the user that Debian's package made, who is given the folder.
    pub(super) fn of_a_server(folder: &Path) -> Result<Self, ServiceError> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(Self { user: None });
        }
        let user = nix::unistd::User::from_name("postgres").map_err(std::io::Error::from)?;
        let owner = Self { user: Some(user.ok_or(ServiceError::NoUser)?) };
        owner.is_given(folder)?;
        Ok(owner)
    }

    /// Makes a file or a folder theirs.
    pub(super) fn is_given(&self, path: &Path) -> std::io::Result<()> {
        let ids = self.user.as_ref().map(|user| (user.uid.as_raw(), user.gid.as_raw()));
        ids.map_or(Ok(()), |(user, group)| std::os::unix::fs::chown(path, Some(user), Some(group)))
    }

    /// A command of this user, in the folder: the working folder of root may be closed to them.
    pub(super) fn command(&self, program: &Path, folder: &TempDir) -> Command {
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
    pub(super) fn of_a_server(_: &Path) -> Result<Self, ServiceError> {
        Ok(Self {})
    }

    pub(super) fn is_given(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }

    pub(super) fn command(&self, program: &Path, folder: &TempDir) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        command
    }
}
