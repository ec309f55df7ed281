//! Cargo, which builds the programs of the course.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use serde::Deserialize;
use tokio::process::{Child, Command};

use super::signals::Group;
use crate::problem::Problem;
use crate::screen::progress_line;

/// Without network, and with the very versions of `Cargo.lock`.
const OFFLINE: [&str; 2] = ["--offline", "--locked"];

/// What cargo made.
#[derive(Debug)]
pub struct Built {
    /// The program.
    pub executable: PathBuf,
    /// What the compiler warns about, in its own words and colours.
    pub warnings: String,
}

/// Why there is no program.
#[derive(Debug)]
pub enum BuildError {
    /// The code does not compile. These are the compiler's own words and colours.
    Code(String),
    /// Cargo did not come that far. These are its words.
    Cargo(String),
    /// Cargo does not run at all.
    Start(io::Error),
}

impl From<io::Error> for BuildError {
    fn from(error: io::Error) -> Self {
        Self::Start(error)
    }
}

impl BuildError {
    /// The same about what is in a folder of the course. What the compiler says is shown elsewhere.
    pub fn into_problem(self, folder: &str) -> Problem {
        match self {
            Self::Code(_) => Problem::new(format!("{folder} does not compile"))
                .advice("Fix the first of these errors, and try again: the others may come from it."),
            Self::Cargo(words) => Problem::new(format!("cargo cannot build {folder}. It says:")).quoting(words),
            Self::Start(error) => Problem::new(format!("cargo does not run: {error}")),
        }
    }
}

/// A line of `cargo build --message-format json`, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact { executable: Option<PathBuf> },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

/// Builds the program of a package, which has the same name.
///
/// # Errors
///
/// When it cannot be built.
pub async fn build(root: &Path, package: &str) -> Result<Built, BuildError> {
    build_with(root, package, &[]).await
}

/// The same without network, and with the very versions of `Cargo.lock`.
///
/// # Errors
///
/// When it cannot be built, or a crate is not on this machine.
pub async fn build_offline(root: &Path, package: &str) -> Result<Built, BuildError> {
    build_with(root, package, &OFFLINE).await
}

async fn build_with(root: &Path, package: &str, options: &[&str]) -> Result<Built, BuildError> {
    let mut command = command(root);
    // The package `lab` is named, though nothing of it is built, so that what both use has the features that both
    // need. With the features of one alone, cargo would build a dozen large crates a second time.
    command.args(["--package", "lab", "--package", package, "--bin", package]).args(options);
    run(package, command).await
}

/// Builds the one program of a workspace of its own, into a target folder that has the dependencies.
///
/// # Errors
///
/// When it cannot be built.
pub async fn build_apart(workspace: &Path, package: &str, target: &Path) -> Result<Built, BuildError> {
    let mut command = command(workspace);
    command.args(["--workspace", "--target-dir"]).arg(target);
    run(package, command).await
}

async fn run(package: &str, mut command: Command) -> Result<Built, BuildError> {
    let line = format!("building {package} (the first time, this takes some minutes)");
    let (group, child) = Group::spawn(&mut command)?;
    let (succeeded, messages, words) = progress_line::show(line, finish(child)).await?;
    group.release();
    let executable = messages.iter().find_map(Message::executable);
    match executable {
        Some(executable) if succeeded => Ok(Built { executable, warnings: rendered(&messages, "warning") }),
        _ => {
            let errors = rendered(&messages, "error");
            Err(if errors.is_empty() { BuildError::Cargo(words) } else { BuildError::Code(errors) })
        }
    }
}

/// Whether every crate of `Cargo.lock` is on this machine that a build for it needs, tests and the instructor's program
/// included.
///
/// # Errors
///
/// Cargo's words, when one is not there.
pub async fn has_all_crates(root: &Path) -> Result<(), String> {
    let host = host().await.map_err(|error| error.to_string())?;
    let mut command = Command::from(cargo());
    command.args(["fetch", "--quiet", "--target", &host]).args(OFFLINE).current_dir(root).stdin(Stdio::null());
    let output = command.kill_on_drop(true).output().await.map_err(|error| format!("cargo does not run: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// What builds are for, if nobody says otherwise, such as `x86_64-unknown-linux-gnu`.
///
/// # Errors
///
/// When the compiler does not say.
pub async fn host() -> io::Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    let output = command.args(["--print", "host-tuple"]).stdin(Stdio::null()).kill_on_drop(true).output().await?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(io::Error::other(format!("rustc does not say what it builds for: {words}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The same cargo that started this program.
pub fn cargo() -> process::Command {
    let mut command = process::Command::new(program());
    forget_package(&mut command);
    command
}

/// The command is told nothing of the package of this program, which `cargo run` and `cargo test` say in variables. The
/// build script of the crate `ring` has an eye on them: with others than last time, cargo would compile it again, and
/// all that is above it.
pub fn forget_package(command: &mut process::Command) {
    let is_of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| is_of_package(name)) {
        command.env_remove(name);
    }
}

/// Where that cargo is.
pub fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The folder of all that cargo makes, without links in its path.
pub fn target_folder(root: &Path) -> PathBuf {
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    folder.canonicalize().unwrap_or(folder)
}

/// A build that is not awaited to its end leaves no compiler behind, which would write over what the next one makes.
fn command(root: &Path) -> Command {
    let mut command = Command::from(cargo());
    command
        .args(["build", "--quiet", "--message-format", "json-diagnostic-rendered-ansi"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Whether cargo succeeded, its messages, and what else it said.
async fn finish(child: Child) -> io::Result<(bool, Vec<Message>, String)> {
    let output = child.wait_with_output().await?;
    let lines = String::from_utf8_lossy(&output.stdout);
    // A line that is no message of cargo's is something that a macro printed.
    let messages = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ok((output.status.success(), messages, String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn rendered(messages: &[Message], level: &str) -> String {
    let diagnostics = messages.iter().filter_map(|message| match message {
        Message::Diagnostic { message } if message.level == level => message.rendered.as_deref(),
        _ => None,
    });
    diagnostics.collect()
}

impl Message {
    fn executable(&self) -> Option<PathBuf> {
        match self {
            Self::Artifact { executable } => executable.clone(),
            _ => None,
        }
    }
}
