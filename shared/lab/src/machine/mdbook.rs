//! mdBook, which makes the book of the course from `docs/`.

use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::cargo::forget_package;
use crate::problem::{Problem, Result};

/// The book's own settings. A copy of the course without them has no book.
pub const SETTINGS: &str = "docs/book.toml";
/// The program, as `cargo install` names it.
pub const PROGRAM: &str = "mdbook";

/// Makes the book, in `target/book`, and opens it in a browser if that is asked for and there is one.
///
/// # Errors
///
/// When mdBook is not installed, or what it says when it cannot make the book.
pub async fn build(root: &Path, open: bool) -> Result<()> {
    let mut command = Command::new(PROGRAM);
    forget_package(command.as_std_mut());
    command.args(["build", "docs"]).args(open.then_some("--open"));
    command.current_dir(root).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(not_run)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Problem::new("mdBook cannot make the book. It says:").quoting(String::from_utf8_lossy(&output.stderr)))
}

fn not_run(error: io::Error) -> Problem {
    if error.kind() != io::ErrorKind::NotFound {
        return Problem::new(format!("{PROGRAM} does not run: {error}"));
    }
    Problem::new("mdBook is not installed, which makes the book").advice(
        "Get it once, which takes some minutes:\n  cargo install mdbook --locked\nUntil then: all chapters are Markdown, and \
         docs/src/SUMMARY.md lists them.",
    )
}
