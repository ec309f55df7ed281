//! A crate that is built outside of its workspace, as if it were a lesson of the course: that of a student who sent it, or
//! a stage of a lesson that is in no folder.
//!
//! It is built into the target folder of the course, which has the dependencies. There is one place for each, and a lock on
//! it, so that two runs do not write over each other's program.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lab::course::{Course, Program};
use lab::machine::cargo::{self, BuildError, Built};
use lab::student::files;
use toml::{Table, Value};

use crate::lock;

/// Contents of files, by their path in a crate.
pub type Files = BTreeMap<String, Vec<u8>>;

const MANIFEST: &str = "Cargo.toml";
/// Where cargo finds the crate, in its place.
const CRATE: &str = "crate";
/// The crates whose dependencies `cargo lab` is built with. With others, or with other features of them, cargo would
/// compile most of them a second time.
const NEIGHBOURS: [&str; 3] = ["shared/lab", "shared/checks", "shared/shop"];

/// A program that nobody else builds as long as this value lives.
#[derive(Debug)]
pub struct Apart {
    /// The program.
    pub executable: PathBuf,
    _lock: File,
}

/// Why there is no program.
#[derive(Debug)]
pub enum ApartError {
    /// It cannot be built.
    Build(BuildError),
    /// It cannot even be written down.
    Place(anyhow::Error),
}

/// Builds a crate that has the name of a lesson's program. The place is named after `purpose` and the lesson.
///
/// # Errors
///
/// When it cannot be built.
pub async fn build(course: &Course, program: &Program, files: &Files, purpose: &str) -> Result<Apart, ApartError> {
    let target = cargo::target_folder(course.root());
    let package = format!("{purpose}-{}", program.lesson.name());
    let place = target.join("tmp/apart").join(&package);
    fs::create_dir_all(&place).context("no room for the crate").map_err(ApartError::Place)?;
    let lock = lock::of(&place.join("lock"), || ())
        .await
        .context("cannot lock the place of the crate")
        .map_err(ApartError::Place)?;
    write_place(course, &place, &renamed(files, program, &package)).map_err(ApartError::Place)?;
    let Built { executable, .. } = cargo::build_apart(&place, &package, &target).await.map_err(ApartError::Build)?;
    Ok(Apart { executable, _lock: lock })
}

/// The files of a crate with another name, so that its program does not take the place of the lesson's own.
fn renamed(files: &Files, program: &Program, package: &str) -> Files {
    let own = program.package();
    let renamed = |text: &str| text.replace(&own, package).replace(&own.replace('-', "_"), &package.replace('-', "_"));
    let files = files.iter().map(|(path, content)| {
        let content = std::str::from_utf8(content).map_or_else(|_| content.clone(), |text| renamed(text).into_bytes());
        (path.clone(), content)
    });
    files.collect()
}

/// A workspace with the crate alone. What is as it should be stays: cargo compiles again what is younger than its result.
fn write_place(course: &Course, place: &Path, files: &Files) -> Result<()> {
    let folder = place.join(CRATE);
    let present = files::read(&folder, &folder).map_err(|problem| anyhow::anyhow!(problem.message))?;
    for path in present.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(folder.join(path)).with_context(|| format!("cannot remove {path}"))?;
    }
    for (path, content) in files {
        write(&folder.join(path), content)?;
    }
    write(&place.join(MANIFEST), workspace(course.root())?.as_bytes())?;
    write(&place.join("src/lib.rs"), b"")?;
    let lock = fs::read(course.root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    write(&place.join("Cargo.lock"), &lock)
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// The course's own manifest, with the crate as its only member, and a package that has the dependencies of the
/// neighbours.
fn workspace(root: &Path) -> Result<String> {
    let mut manifest = read_manifest(root)?;
    let workspace = table(&mut manifest, "workspace")?;
    workspace.remove("default-members");
    workspace.insert("members".into(), Value::Array(vec![CRATE.into()]));
    let mut own = Vec::new();
    for (name, dependency) in table(workspace, "dependencies")?.iter_mut() {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = root.join(&path).display().to_string();
            own.push(name.clone());
        }
    }
    for neighbour in NEIGHBOURS {
        let mut of_neighbour = read_manifest(&root.join(neighbour))?;
        if let Some(Value::Table(targets)) = of_neighbour.remove("target") {
            for (target, part) in targets {
                let part = part.get("dependencies").cloned().unwrap_or_else(|| Table::new().into());
                let parts = table(table(&mut manifest, "target")?, &target)?;
                table(parts, "dependencies")?.extend(as_table(part));
            }
        }
        let dependencies = as_table(of_neighbour.remove("dependencies").unwrap_or_else(|| Table::new().into()));
        let others = dependencies.into_iter().filter(|(name, _)| !own.contains(name));
        for (name, dependency) in others {
            merge(table(&mut manifest, "dependencies")?, name, dependency);
        }
    }
    let package = table(&mut manifest, "package")?;
    package.extend([("name".into(), "apart".into()), ("edition".into(), "2024".into())]);
    Ok(toml::to_string(&manifest)?)
}

/// Of two, the one that asks for features has what the other one has, too.
fn merge(dependencies: &mut Table, name: String, dependency: Value) {
    if dependency.get("features").is_some() || !dependencies.contains_key(&name) {
        dependencies.insert(name, dependency);
    }
}

fn read_manifest(folder: &Path) -> Result<Table> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is broken", path.display()))
}

fn as_table(value: Value) -> Table {
    match value {
        Value::Table(table) => table,
        _ => Table::new(),
    }
}

/// The table of this name, which is made if it is missing.
fn table<'a>(parent: &'a mut Table, name: &str) -> Result<&'a mut Table> {
    let value = parent.entry(name).or_insert_with(|| Table::new().into());
    value.as_table_mut().with_context(|| format!("`{name}` of the manifest is no table"))
}
