//! One process at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Waits until no other process holds the lock of this file, and holds it for as long as the value lives. `wait` is called
/// once if there is somebody to wait for.
///
/// # Errors
///
/// When the file cannot be made or locked.
pub(crate) async fn of(path: &Path, wait: impl FnOnce()) -> io::Result<File> {
    let file = File::create(path)?;
    let mut wait = Some(wait);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        if let Some(wait) = wait.take() {
            wait();
        }
        sleep(POLL_INTERVAL).await;
    }
}
