//! The files of the course that containers read, each as a user of its own, who is nobody here.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use crate::course::Course;

use super::finding::Finding;

/// What `docker-compose.yml` mounts.
const MOUNTED: [&str; 5] = ["alertmanager", "grafana", "postgres", "prometheus", "pushgateway"];
/// It says `1` where SELinux forbids what nobody has allowed.
const SELINUX: &str = "/sys/fs/selinux/enforce";

pub(super) fn finding(course: &Course) -> Finding {
    let finding = |found: &str| Finding::good("Files", "the containers, which read some of the course", found);
    let folders = MOUNTED.join(" ");
    let is_closed = |folder: &&str| WalkDir::new(course.root().join(folder)).into_iter().any(|entry| !is_open(&entry));
    let present = MOUNTED.iter().filter(|folder| course.root().join(folder).exists());
    if let Some(folder) = present.copied().find(is_closed) {
        let found = format!("nobody but you may read all of {folder}/, as in a clone that was made with `umask 077`");
        return finding(&found).doubtful(format!("Open them, in the folder of the course: chmod -R go+rX {folders}"));
    }
    if fs::read_to_string(Path::new(SELINUX)).is_ok_and(|enforce| enforce.trim() == "1") {
        return finding("readable, as far as SELinux allows it").doubtful(format!(
            "If a container says `permission denied`, give them its label, in the folder of the course: chcon -R -t \
             container_file_t {folders}"
        ));
    }
    finding("readable")
}

/// Whether everybody may read it. What cannot even be looked at is not open.
#[cfg(unix)]
fn is_open(entry: &walkdir::Result<walkdir::DirEntry>) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const READ: u32 = 0o004;
    const READ_AND_ENTER: u32 = 0o005;
    let Ok(entry) = entry else { return false };
    let Ok(metadata) = entry.metadata() else { return false };
    let wanted = if metadata.is_dir() { READ_AND_ENTER } else { READ };
    metadata.is_symlink() || metadata.permissions().mode() & wanted == wanted
}

/// Docker Desktop shares files without regard to their owner.
#[cfg(not(unix))]
fn is_open(_: &walkdir::Result<walkdir::DirEntry>) -> bool {
    true
}
