//! Files that are text.

use anyhow::{Context, Result};

use crate::repository::Files;

/// A file that is text.
pub(super) fn text<'a>(files: &'a Files, path: &str) -> Result<&'a str> {
    let file = files.get(path).with_context(|| format!("{path} is not committed"))?;
    std::str::from_utf8(&file.content).with_context(|| format!("{path} is no UTF-8"))
}
