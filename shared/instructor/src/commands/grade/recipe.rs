//! How the crate of a lesson is built: the calls of the compiler that cargo makes for it, and the dependencies that it
//! made before. A submission is built by the same calls, with these dependencies, which it cannot write to. So nothing of
//! cargo runs in a sandbox, no build script and no manifest of a student counts, and no submission builds a dependency.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use lab::course::{Course, Program};
use lab::machine::cargo::cargo;
use lab::problem::{Problem, Result};
use serde::Deserialize;
use tokio::process::Command;

use super::protocol::{Call, Places};

/// What the library of each lesson and its program are called in the names of the recorded calls.
const TARGETS: [&str; 2] = ["lib", "bin"];
/// What a program may know of its package.
const VARIABLES: [&str; 4] = ["CARGO_PKG_", "CARGO_CRATE_NAME", "CARGO_BIN_NAME", "CARGO_MANIFEST_"];
/// What concerns only how cargo reads the compiler's words, or who debugs, or is none of a submission's.
const DROPPED: [&str; 5] = ["--error-format=", "--json=", "--diagnostic-width=", "debuginfo=", "incremental="];

/// How the crate of a lesson is built.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    package: String,
    calls: Vec<Call>,
    /// The folder of the course in the calls.
    root: PathBuf,
    /// The folder of cargo's own dependencies in the calls.
    made_by_cargo: PathBuf,
    /// Copies of the dependencies that it takes, and of no others: there are solutions among those.
    pub(super) dependencies: PathBuf,
    pub(super) toolchain: PathBuf,
}

/// A line of `cargo build --message-format json`, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Artifact {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

impl Recipe {
    /// Builds a lesson as it is in the course, and keeps how that was done, in a folder for recipes.
    ///
    /// # Errors
    ///
    /// When it cannot be built.
    pub(super) async fn record(course: &Course, program: &Program, folder: &Path) -> Result<Self> {
        let package = program.package();
        let unwritable = |error: std::io::Error| Problem::new(format!("the grader cannot write to .lab: {error}"));
        fs::create_dir_all(folder).map_err(unwritable)?;
        let recorder = write_recorder(folder).map_err(unwritable)?;
        let mut artifacts = build(course, &package, &recorder).await?;
        let calls = match read_calls(folder, &package) {
            Some(calls) => calls,
            // Cargo has built it before, and the record was deleted since.
            None => {
                clean(course, &package).await?;
                artifacts = build(course, &package, &recorder).await?;
                read_calls(folder, &package)
                    .ok_or_else(|| Problem::new(format!("cargo does not say how it builds {package}")))?
            }
        };
        let (root, made_by_cargo) =
            places(&calls).ok_or_else(|| Problem::new(format!("the calls that build {package} are not understood")))?;
        let dependencies = folder.join(format!("{package}-dependencies"));
        gather(&artifacts, &package, &dependencies).map_err(unwritable)?;
        Ok(Self { package, calls, root, made_by_cargo, dependencies, toolchain: toolchain(course).await? })
    }

    /// All that decides about what is built.
    pub(super) fn id(&self) -> String {
        super::tree::hash(self.calls.iter().flat_map(|call| &call.arguments))
    }

    /// The calls with other places in them. What is made lies in the folder to write to.
    pub(super) fn at(&self, places: &Places) -> Vec<Call> {
        self.calls.iter().map(|call| self.call_at(call, places)).collect()
    }

    fn call_at(&self, call: &Call, places: &Places) -> Call {
        let own = format!("{}/lib{}-", self.made_by_cargo.display(), self.package.replace('-', "_"));
        let own_there = format!("{}/lib{}-", places.work.display(), self.package.replace('-', "_"));
        let changes = [
            (own, own_there),
            (self.made_by_cargo.display().to_string(), places.dependencies.display().to_string()),
            (self.root.display().to_string(), places.course.display().to_string()),
        ];
        // A new place may lie in an old one, so each is changed once.
        let change_of = |text: &str| changes.iter().find(|(from, _)| text.contains(from.as_str()));
        let moved = |text: &String| change_of(text).map_or_else(|| text.clone(), |(from, to)| text.replace(from, to));
        let mut arguments = Vec::new();
        let mut rest = call.arguments.iter().peekable();
        while let Some(argument) = rest.next() {
            let is_dropped = |argument: &str| DROPPED.iter().any(|start| argument.starts_with(start));
            match argument.as_str() {
                "--out-dir" => drop(rest.next()),
                "-C" if rest.peek().is_some_and(|value| is_dropped(value)) => drop(rest.next()),
                argument if is_dropped(argument) => {}
                argument if argument.starts_with("--emit=") => arguments.push("--emit=link".to_owned()),
                _ => arguments.push(moved(argument)),
            }
        }
        // The program has the name of its package, and no hash behind it.
        let is_program = call.arguments.iter().any(|argument| argument == "bin");
        let made = if is_program { places.work.join(&self.package) } else { places.work.clone() };
        arguments.extend([if is_program { "-o" } else { "--out-dir" }.to_owned(), made.display().to_string()]);
        let variables = call.variables.iter().map(|(name, value)| (name.clone(), moved(value))).collect();
        Call { arguments, variables }
    }
}

/// The program that cargo calls in place of the compiler: this one, which then calls the compiler.
fn write_recorder(folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("rustc");
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    let this = std::env::current_exe()?;
    let script = format!("#!/bin/sh\nexec {} record-compiler {} \"$@\"\n", quoted(&this), quoted(folder));
    // Cargo builds all anew when this file is newer.
    if fs::read_to_string(&path).is_ok_and(|written| written == script) {
        return Ok(path);
    }
    write_program(&path, &script)?;
    Ok(path)
}

/// Writes a script that can be run.
pub(super) fn write_program(path: &Path, script: &str) -> std::io::Result<()> {
    fs::write(path, script)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

async fn build(course: &Course, package: &str, recorder: &Path) -> Result<Vec<Artifact>> {
    let mut command = cargo_command(course);
    // With the features that everything else of the course is built with.
    command.args(["build", "--quiet", "--message-format", "json", "--package", "lab", "--package", package]);
    command.args(["--bin", package]).env("RUSTC_WORKSPACE_WRAPPER", recorder);
    let line = format!("building {package} as it was handed out, with all that it depends on");
    let output = lab::screen::progress_line::show(line, command.output()).await;
    let output = output.map_err(|error| Problem::new(format!("cargo does not run: {error}")))?;
    if output.status.success() {
        let lines = String::from_utf8_lossy(&output.stdout);
        return Ok(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect());
    }
    let number = package.trim_start_matches("lesson-").get(..2).unwrap_or_default();
    Err(Problem::new(format!("your own copy of {package} cannot be built. Cargo says:"))
        .quoting(String::from_utf8_lossy(&output.stderr))
        .advice(format!("`cargo lab check {number}` shows why, and `cargo lab reset {number}` puts the lesson back.")))
}

async fn clean(course: &Course, package: &str) -> Result<()> {
    let output = cargo_command(course).args(["clean", "--quiet", "--package", package]).output().await;
    output.map(drop).map_err(|error| Problem::new(format!("cargo does not run: {error}")))
}

fn cargo_command(course: &Course) -> Command {
    let mut command = Command::from(cargo());
    command.current_dir(course.root()).stdin(std::process::Stdio::null()).kill_on_drop(true);
    command
}

/// The folder of the toolchain that the course is built with.
async fn toolchain(course: &Course) -> Result<PathBuf> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = command.args(["--print", "sysroot"]).current_dir(course.root()).output().await;
    let output = output.map_err(|error| Problem::new(format!("rustc does not run: {error}")))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}

/// Hard links where that is possible: a submission sees them as files that cannot be written.
fn gather(artifacts: &[Artifact], package: &str, folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let own = package.replace('-', "_");
    let made = artifacts.iter().filter(|artifact| artifact.reason == "compiler-artifact");
    for file in made.flat_map(|artifact| &artifact.filenames) {
        let Some(name) = file.file_name().map(|name| name.to_string_lossy()) else { continue };
        let is_library =
            ["rlib", "rmeta", "so", "dylib"].iter().any(|end| file.extension().is_some_and(|is| is == *end));
        if is_library && !name.contains(&own) {
            let copy = folder.join(&*name);
            fs::hard_link(file, &copy).or_else(|_| fs::copy(file, &copy).map(drop))?;
        }
    }
    Ok(())
}

/// The folder of the course, and that of cargo's own dependencies, as they stand in the calls.
fn places(calls: &[Call]) -> Option<(PathBuf, PathBuf)> {
    let call = calls.first()?;
    let crate_folder = Path::new(call.variables.get("CARGO_MANIFEST_DIR")?);
    let root = crate_folder.parent()?.parent()?;
    let dependencies = call.arguments.iter().find_map(|argument| argument.strip_prefix("dependency="))?;
    Some((root.to_owned(), PathBuf::from(dependencies)))
}

fn read_calls(folder: &Path, package: &str) -> Option<Vec<Call>> {
    let read = |target: &&str| serde_json::from_slice(&fs::read(folder.join(call_name(package, target))).ok()?).ok();
    TARGETS.iter().map(read).collect()
}

fn call_name(package: &str, target: &str) -> String {
    format!("{package}-{target}.json")
}

/// Writes down a call of the compiler that cargo makes for a package of the course, and returns the call itself.
///
/// # Errors
///
/// When it cannot be written down.
pub(super) fn record_call(folder: &Path, compiler: &[OsString]) -> Result<std::process::Command> {
    let (program, arguments) = compiler.split_first().ok_or_else(|| Problem::usage("cargo names no compiler"))?;
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    let target = match after(arguments, "--crate-type") {
        Some(kind) if kind == "lib" || kind == "bin" => kind,
        _ => return Ok(command),
    };
    let (Ok(package), Some(_)) = (std::env::var("CARGO_PKG_NAME"), after(arguments, "--crate-name")) else {
        return Ok(command);
    };
    let is_told = |name: &str| VARIABLES.iter().any(|start| name.starts_with(start));
    let variables: BTreeMap<_, _> = std::env::vars().filter(|(name, _)| is_told(name)).collect();
    let arguments = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let call = serde_json::to_vec(&Call { arguments, variables });
    let call = call.map_err(|error| Problem::new(format!("a call of the compiler cannot be written down: {error}")))?;
    fs::write(folder.join(call_name(&package, &target)), call)
        .map_err(|error| Problem::new(format!("a call of the compiler cannot be written down: {error}")))?;
    Ok(command)
}

fn after(arguments: &[OsString], name: &str) -> Option<String> {
    let position = arguments.iter().position(|argument| argument == name)?;
    Some(arguments.get(position + 1)?.to_string_lossy().into_owned())
}
