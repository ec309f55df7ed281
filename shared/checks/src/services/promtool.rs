//! Prometheus's own tool.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::services::{ServiceError, not_started};

/// The program.
pub const PROGRAM: &str = "promtool";

/// What `promtool check metrics` complains about in a page: nothing, if the page is good.
///
/// # Errors
///
/// When it is not installed, or cannot be started.
pub fn complaints(page: &str) -> Result<String, ServiceError> {
    let mut command = Command::new(PROGRAM);
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| not_started(error, PROGRAM, "prometheus"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(page.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if text.is_empty() && !output.status.success() {
        return Err(ServiceError::Ended { program: PROGRAM, status: output.status, log: text });
    }
    Ok(text)
}
