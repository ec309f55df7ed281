//! A lesson with other code, built in a scratch workspace, so that the lesson itself stays as it is until one knows that
//! the code compiles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;
use toml::{Table, Value};

use crate::course::{Course, Lesson, Program};
use crate::machine::cargo::{cargo, target_folder};
use crate::machine::signals::Group;
use crate::problem::{Problem, Result};
use crate::student::files::{self, Files};

const MANIFEST: &str = "Cargo.toml";
/// The package of the scratch workspace, which has nothing in it.
const NAME: &str = "carry";
/// Where the lesson lies in the scratch workspace: cargo takes two packages of the same name for one if they lie in the same
/// folder of their workspaces, and would take what it builds here for what it has built of the lesson itself.
const APART: &str = "apart";

/// Builds the lesson with this code: its library and its program.
///
/// # Errors
///
/// When it cannot be built, with what the compiler says.
pub(super) async fn build(course: &Course, lesson: &Lesson, code: &Files) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|error| unwritten(&error.to_string()))?;
    let program = Program { lesson: lesson.clone(), solution: false };
    write(course, &folder, &program, code).map_err(|error| unwritten(&error))?;
    let mut command = Command::from(cargo());
    // Built and not only checked, since the dependencies are there in that form.
    command
        .args(["build", "--quiet", "--workspace", "--lib", "--bins", "--target-dir"])
        .arg(target_folder(course.root()))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let no_cargo = |error| Problem::new(format!("nothing was changed: cargo does not run: {error}"));
    let (group, child) = Group::spawn(&mut command).map_err(no_cargo)?;
    let output = child.wait_with_output().await.map_err(no_cargo)?;
    group.release();
    if output.status.success() {
        return Ok(());
    }
    Err(Problem::new(format!("nothing was changed: {} does not compile with your code. Cargo says:", lesson.name()))
        .quoting(String::from_utf8_lossy(&output.stderr))
        .advice("Mend your code of the lesson before, and type the command again."))
}

fn unwritten(error: &str) -> Problem {
    Problem::new(format!("nothing was changed: the code cannot be tried out: {error}"))
}

fn write(course: &Course, folder: &TempDir, program: &Program, code: &Files) -> Result<(), String> {
    let manifest = manifest(course.root(), program)?;
    let lock = fs::read(course.root().join("Cargo.lock")).ok();
    let own = [(MANIFEST.to_owned(), manifest.into_bytes()), ("src/lib.rs".to_owned(), Vec::new())];
    let lock = lock.map(|lock| ("Cargo.lock".to_owned(), lock));
    let code = code.iter().map(|(path, content)| (format!("{APART}/{path}"), content.clone()));
    for (path, content) in own.into_iter().chain(lock).chain(code) {
        files::write(&folder.path().join(path), &content).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The course's own manifest, with this lesson as its only member. Its package has the dependencies of `lab`, which is
/// built beside each lesson, too: with the features of the lesson alone, cargo would build a dozen large crates once more.
fn manifest(root: &Path, program: &Program) -> Result<String, String> {
    let mut manifest = read(root, MANIFEST)?;
    if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
        workspace.remove("default-members");
        workspace.insert("members".into(), vec![format!("{APART}/{}", program.folder())].into());
        if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
            dependencies.iter_mut().for_each(|(_, dependency)| make_absolute(root, dependency));
        }
    }
    let lab = read(root, "shared/lab/Cargo.toml")?;
    manifest.extend(lab.into_iter().filter(|(key, _)| matches!(key.as_str(), "dependencies" | "target")));
    let package = [("name", NAME), ("version", "0.0.0"), ("edition", "2024")];
    manifest.insert("package".into(), Table::from_iter(package.map(|(key, value)| (key.into(), value.into()))).into());
    toml::to_string(&manifest).map_err(|error| error.to_string())
}

fn read(root: &Path, path: &str) -> Result<Table, String> {
    let text = fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
    toml::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

fn make_absolute(root: &Path, dependency: &mut Value) {
    if let Some(Value::String(path)) = dependency.get_mut("path") {
        let absolute: PathBuf = root.join(&*path);
        *path = absolute.display().to_string();
    }
}
