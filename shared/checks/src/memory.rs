//! Folders in memory, for files that are written often and kept for a moment.

use std::io;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// Files there are in memory, on Linux.
const MEMORY: &str = "/dev/shm";
/// What has to be free there, in KiB: much more than all takes that runs at a time.
const ROOM: u64 = 2 << 20;

/// A new folder whose name begins so: in memory where there is room, since each transaction of a database, and each of the
/// hundreds of files of a server, would have to reach the disk.
pub(crate) fn folder(prefix: &str) -> io::Result<TempDir> {
    static HAS_ROOM: LazyLock<bool> = LazyLock::new(|| free_memory().is_some_and(|free| free >= ROOM));
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(prefix);
    if *HAS_ROOM { builder.tempdir_in(MEMORY) } else { builder.tempdir() }
}

/// What is free in the file system in memory, if there is one, in KiB.
fn free_memory() -> Option<u64> {
    let output = Command::new("df").args(["-Pk", MEMORY]).stdin(Stdio::null()).output().ok()?;
    let report = String::from_utf8(output.stdout).ok()?;
    let (columns, free) = (report.lines().nth(1)?, 3);
    columns.split_whitespace().nth(free)?.parse().ok()
}
