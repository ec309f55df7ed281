//! The disk that the shop works on.

use std::env;

use sysinfo::{Disk, Disks};

/// The disk that holds the working directory: the one whose mount point is the longest part of its path. A container
/// may hide that one; then the largest.
pub fn working_disk(disks: &Disks) -> Option<&Disk> {
    let directory = env::current_dir().unwrap_or_default();
    let holds_it = |disk: &&Disk| directory.starts_with(disk.mount_point());
    let longest = disks.iter().filter(holds_it).max_by_key(|disk| disk.mount_point().as_os_str().len());
    longest.or_else(|| disks.iter().max_by_key(|disk| disk.total_space()))
}
