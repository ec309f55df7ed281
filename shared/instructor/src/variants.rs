//! Variants of the course's crates, built all at once.
//!
//! Each variant is a package in a scratch workspace. Those of the shop are libraries, and one program holds them all and
//! runs the one that [`VARIABLE`] names. So there is one program to link, and not one for each of them. The exporter and
//! the batch job stay programs of their own.

use std::collections::BTreeMap;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use checks::database::Database;
use checks::launch::{LaunchError, Launcher, Program, Running, Settings};
use checks::services::if_installed;
use checks::subject::{EXPORTER, Environment, JOB, StartError};
use checks::{App, Subject};
use futures_util::future::BoxFuture;
use lab::machine::cargo::cargo;
use serde::Deserialize;
use toml::{Table, Value};
use walkdir::WalkDir;

/// The environment variable that tells the program of the shops which variant to run.
const VARIABLE: &str = "VARIANT";

/// The threads of a variant's async runtime, if a check does not ask for a number of its own.
const WORKER_THREADS: usize = 4;

/// A change to one place of a crate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Such as `src/api.rs`.
    pub file: PathBuf,
    /// What stands there, exactly once.
    pub find: String,
    /// What is written instead.
    pub replace: String,
}

impl Edit {
    /// Makes the change in the files of a crate.
    ///
    /// # Errors
    ///
    /// When it does not fit them.
    pub fn apply(&self, files: &mut BTreeMap<PathBuf, String>) -> Result<()> {
        let Self { file, find, replace } = self;
        let text = files.get_mut(file).with_context(|| format!("there is no {}", file.display()))?;
        let count = text.matches(find).count();
        ensure!(count == 1, "occurs {count} times in {}, and should once:\n{find}", file.display());
        *text = text.replacen(find, replace, 1);
        Ok(())
    }
}

/// A crate of the course with changes, and with a name of its own.
#[derive(Debug)]
pub struct Variant {
    name: String,
    /// Its manifest and its sources.
    pub files: BTreeMap<PathBuf, String>,
}

impl Variant {
    /// A crate of these files. The name is that of a Rust crate.
    pub fn new(name: String, files: BTreeMap<PathBuf, String>) -> Self {
        Self { name, files }
    }

    /// The crate of a lesson in `lessons` or `solutions`, unchanged. The name is that of a Rust crate.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn of(course: &Path, folder: &str, lesson: &str, name: String) -> Result<Self> {
        let mut variant = Self::program(course, folder, lesson, name)?;
        if ![EXPORTER, JOB].contains(&lesson) {
            variant.files.remove(Path::new(MAIN));
        }
        Ok(variant)
    }

    /// The same, as a program of its own, whatever it is.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn program(course: &Path, folder: &str, lesson: &str, name: String) -> Result<Self> {
        let root = course.join(folder).join(lesson);
        let own_name = format!("{}-{lesson}", folder.trim_end_matches('s'));
        let mut files = BTreeMap::new();
        for path in paths(&root)? {
            let text =
                fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {}", path.display()))?;
            let text = text.replace(&own_name, &name).replace(&own_name.replace('-', "_"), &name);
            files.insert(path, text);
        }
        Ok(Self { name, files })
    }

    /// Makes a change.
    ///
    /// # Errors
    ///
    /// When it does not fit the crate.
    pub fn edit(&mut self, edit: &Edit) -> Result<()> {
        edit.apply(&mut self.files)
    }

    fn is_program(&self) -> bool {
        self.files.contains_key(Path::new(MAIN))
    }
}

const MANIFEST: &str = "Cargo.toml";
const MAIN: &str = "src/main.rs";

/// The manifest of a variant, with the lints of the scratch workspace.
fn with_workspace_lints(manifest: &str) -> Result<String> {
    let mut manifest: Table = toml::from_str(manifest)?;
    manifest.insert("lints".into(), Table::from_iter([("workspace".to_owned(), true.into())]).into());
    Ok(toml::to_string(&manifest)?)
}

/// The manifest and the sources of a crate.
fn paths(root: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = vec![PathBuf::from(MANIFEST)];
    for entry in WalkDir::new(root.join("src")) {
        let entry = entry?;
        if entry.file_type().is_file() {
            paths.push(entry.path().strip_prefix(root)?.to_owned());
        }
    }
    Ok(paths)
}

/// A scratch workspace, and the package of its program.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The name of both.
    pub name: &'static str,
    /// The folder of the course.
    pub course: PathBuf,
    /// The target folder of the course, which has the dependencies.
    pub target: PathBuf,
}

impl Workspace {
    /// Writes the variants, and builds their programs.
    ///
    /// # Errors
    ///
    /// When they cannot be written, or do not compile without a warning.
    pub fn build(&self, variants: &[Variant]) -> Result<()> {
        let is_built = self.prepare(variants)?.status()?.success();
        ensure!(is_built, "the variants do not compile, or not without a warning");
        Ok(())
    }

    /// Writes the variants. Returns the command that builds their programs.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn prepare(&self, variants: &[Variant]) -> Result<Command> {
        let folder = self.folder();
        for variant in variants {
            let package = folder.join(&variant.name);
            for (path, text) in &variant.files {
                let is_manifest = path == Path::new(MANIFEST);
                let text = if is_manifest { with_workspace_lints(text)? } else { text.clone() };
                write(&package.join(path), &text)?;
            }
        }
        write(&folder.join(MANIFEST), &self.manifest(variants)?)?;
        write(&folder.join(MAIN), &main_file(variants))?;
        // The versions of the course itself, so that nothing but the variants has to be compiled.
        fs::copy(self.course.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let mut command = cargo();
        command
            .args(["build", "--workspace", "--quiet", "--offline", "--keep-going", "--target-dir"])
            .arg(&self.target);
        command.current_dir(&folder);
        Ok(command)
    }

    /// Starts a variant of a lesson's crate, if the server that it needs is installed.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(&self, lesson: &str, variant: &str) -> Result<Option<Subject>> {
        if ![EXPORTER, JOB].contains(&lesson) {
            let shop = Shop { program: Program(self.program(self.name)), variant: variant.to_owned() };
            let environment = Environment { launcher: Arc::new(shop), database: Database::fresh().await? };
            return Ok(Some(Subject::Shop(App::start(environment).await?)));
        }
        match Subject::start(lesson, self.program(variant)).await {
            Err(StartError::Service(error)) => Ok(if_installed(Err(error), variant)?),
            subject => Ok(Some(subject?)),
        }
    }

    /// The program of this name.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(format!("{name}{EXE_SUFFIX}"))
    }

    fn folder(&self) -> PathBuf {
        self.target.join("tmp").join(self.name)
    }

    /// The course's own manifest, with a program that has the variants, and with warnings as errors: what the compiler
    /// warns of needs no check.
    fn manifest(&self, variants: &[Variant]) -> Result<String> {
        let mut manifest: Table = toml::from_str(&fs::read_to_string(self.course.join(MANIFEST))?)?;
        let workspace = table(&mut manifest, "workspace")?;
        workspace.remove("default-members");
        let programs = variants.iter().filter(|variant| variant.is_program()).map(|variant| variant.name.clone());
        workspace.insert("members".into(), programs.collect::<Vec<_>>().into());
        table(table(workspace, "lints")?, "rust")?.insert("warnings".into(), "deny".into());
        let mut dependencies = Table::new();
        table(&mut dependencies, "shop")?.insert("workspace".into(), true.into());
        for (name, dependency) in table(workspace, "dependencies")?.iter_mut() {
            match dependency.get_mut("path") {
                Some(Value::String(path)) => *path = self.course.join(&path).display().to_string(),
                // All of them, for their features. With those of the variants alone, cargo would compile most a second
                // time.
                _ => {
                    table(&mut dependencies, name)?.insert("workspace".into(), true.into());
                }
            }
        }
        for Variant { name, .. } in variants.iter().filter(|variant| !variant.is_program()) {
            table(&mut dependencies, name)?.insert("path".into(), name.clone().into());
        }
        table(&mut manifest, "package")?.extend([("name".into(), self.name.into()), ("edition".into(), "2024".into())]);
        manifest.insert("dependencies".into(), dependencies.into());
        // Nobody debugs a variant, or edits it twice. That makes the build three times as fast.
        let profile = table(table(&mut manifest, "profile")?, "dev")?;
        profile.extend([("debug".into(), false.into()), ("incremental".into(), false.into())]);
        Ok(toml::to_string(&manifest)?)
    }
}

/// The table of this name, which is made if it is missing.
fn table<'a>(parent: &'a mut Table, name: &str) -> Result<&'a mut Table> {
    let value = parent.entry(name).or_insert_with(|| Table::new().into());
    value.as_table_mut().with_context(|| format!("`{name}` of the manifest is no table"))
}

/// Of no shop: what would run one is never reached, of which the compiler warns.
const NO_SHOPS: &str = "fn main() {}\n";

/// The program that has the shops.
fn main_file(variants: &[Variant]) -> String {
    let shops = variants.iter().filter(|variant| !variant.is_program());
    let arms: String = shops.map(|Variant { name, .. }| format!("        {name:?} => {name}::app,\n")).collect();
    if arms.is_empty() {
        return NO_SHOPS.into();
    }
    format!(
        "use anyhow::{{Result, bail}};
use axum::Router;
use shop::Store;

#[tokio::main]
async fn main() -> Result<()> {{
    let app: fn(Store) -> Result<Router> = match std::env::var({VARIABLE:?})?.as_str() {{
{arms}        name => bail!(\"there is no variant {{name}}\"),
    }};
    shop::run(app).await
}}
"
    )
}

/// A variant of the shop.
struct Shop {
    program: Program,
    variant: String,
}

impl Launcher for Shop {
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>> {
        Box::pin(async move {
            let mut settings = settings.clone();
            // What blocks a thread must not look different where there are fewer of them.
            settings.worker_threads.get_or_insert(WORKER_THREADS);
            settings.variables.push((VARIABLE, self.variant.clone()));
            self.program.launch(&settings).await
        })
    }
}

/// Leaves a file alone that is as it should be: cargo compiles again what is younger than its result.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    let written = fs::create_dir_all(path.parent().unwrap_or(path)).and_then(|()| fs::write(path, text));
    written.with_context(|| format!("cannot write {}", path.display()))
}
