//! The wrong variants as one program.
//!
//! Each variant is a library in a scratch workspace, and one program holds them all and runs the one that
//! [`VARIABLE`] names. So there is one build and one program, and not one for each of them.

use std::collections::BTreeMap;
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use checks::launch::{LaunchError, Launcher, Program, Running, Settings};
use futures_util::future::BoxFuture;
use toml::{Table, Value};
use walkdir::WalkDir;

use crate::catalogue::Mistake;

/// The environment variable that tells the program which variant to run.
const VARIABLE: &str = "MISTAKE";
/// The package of the program.
const PROGRAM: &str = "mistakes";

/// The threads of a variant's async runtime, if a check does not ask for a number of its own.
const WORKER_THREADS: usize = 4;

/// A variant that can be started.
pub(crate) struct Variant {
    program: PathBuf,
    name: String,
}

impl Variant {
    /// The variant with this mistake, in the program that [`build`] has made.
    pub(crate) fn of(mistake: &Mistake) -> Self {
        let program = target().join("debug").join(PROGRAM).with_extension(EXE_SUFFIX.trim_start_matches('.'));
        Self { program, name: package(mistake) }
    }
}

impl Launcher for Variant {
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>> {
        Box::pin(async move {
            let mut settings = settings.clone();
            // What blocks a thread must not look different where there are fewer of them.
            settings.worker_threads.get_or_insert(WORKER_THREADS);
            settings.variables.push((VARIABLE, self.name.clone()));
            Program(self.program.clone()).launch(&settings).await
        })
    }
}

/// Writes the scratch workspace, and builds its program.
pub(crate) fn build(mistakes: &[Mistake]) -> Result<()> {
    let workspace = workspace();
    for mistake in mistakes {
        let context = || format!("the mistake {}/{} does not fit its solution", mistake.lesson, mistake.name);
        write_variant(&workspace.join(package(mistake)), mistake).with_context(context)?;
    }
    write(&workspace.join("Cargo.toml"), &workspace_manifest(mistakes)?)?;
    write(&workspace.join("src/main.rs"), &main_file(mistakes))?;
    // The versions of the course itself, so that nothing but the variants has to be compiled.
    fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock"))?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--offline", "--keep-going", "--target-dir"]).arg(target()).current_dir(&workspace);
    ensure!(cargo.status()?.success(), "the variants do not compile, or not without a warning");
    Ok(())
}

/// Copies the solution as a library of its own name, and makes the mistake.
fn write_variant(folder: &Path, mistake: &Mistake) -> Result<()> {
    let mut files = sources(&root().join("solutions").join(&mistake.lesson))?;
    for edit in &mistake.written.edits {
        let text = files.get_mut(&edit.file).with_context(|| format!("it has no {}", edit.file.display()))?;
        *text = edit.apply(text)?;
    }
    if let Some(manifest) = files.get_mut(Path::new("Cargo.toml")) {
        *manifest = manifest.replace(&format!("solution-{}", mistake.lesson), &package(mistake));
    }
    files.iter().try_for_each(|(path, text)| write(&folder.join(path), text))
}

/// The manifest and the library of a crate.
fn sources(solution: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(solution) {
        let entry = entry?;
        let path = entry.path().strip_prefix(solution)?;
        if path == Path::new("Cargo.toml") || (path.starts_with("src") && entry.file_type().is_file()) {
            files.insert(path.to_owned(), fs::read_to_string(entry.path())?);
        }
    }
    files.remove(Path::new("src/main.rs"));
    Ok(files)
}

/// The course's own manifest, with a program that has the variants, and with warnings as errors: a mistake that the
/// compiler warns of needs no check.
fn workspace_manifest(mistakes: &[Mistake]) -> Result<String> {
    let mut manifest: Table = toml::from_str(&fs::read_to_string(root().join("Cargo.toml"))?)?;
    let workspace = table(&mut manifest, "workspace");
    workspace.remove("default-members");
    workspace.remove("members");
    table(table(workspace, "lints"), "rust").insert("warnings".into(), "deny".into());
    let mut dependencies = Table::new();
    table(&mut dependencies, "shop").insert("workspace".into(), true.into());
    for (name, dependency) in table(workspace, "dependencies").iter_mut() {
        match dependency.get_mut("path") {
            Some(Value::String(path)) => *path = root().join(&path).display().to_string(),
            // All of them, for their features. With those of the variants alone, cargo would compile most a second time.
            _ => {
                table(&mut dependencies, name).insert("workspace".into(), true.into());
            }
        }
    }
    for name in mistakes.iter().map(package) {
        table(&mut dependencies, &name).insert("path".into(), name.clone().into());
    }
    table(&mut manifest, "package").extend([("name".into(), PROGRAM.into()), ("edition".into(), "2024".into())]);
    manifest.insert("dependencies".into(), dependencies.into());
    // Nobody debugs a variant, or edits it twice. That makes the build three times as fast.
    let profile = table(table(&mut manifest, "profile"), "dev");
    profile.extend([("debug".into(), false.into()), ("incremental".into(), false.into())]);
    Ok(toml::to_string(&manifest)?)
}

/// The table of this name, which is made if it is missing.
fn table<'a>(parent: &'a mut Table, name: &str) -> &'a mut Table {
    let value = parent.entry(name).or_insert_with(|| Table::new().into());
    value.as_table_mut().expect("a manifest has tables where cargo wants them")
}

fn main_file(mistakes: &[Mistake]) -> String {
    let arms: String = mistakes.iter().map(package).map(|name| format!("        {name:?} => {name}::app,\n")).collect();
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

/// The name of a variant's crate, such as `lesson_01_counts_the_quantity`.
fn package(mistake: &Mistake) -> String {
    format!("lesson_{}_{}", &mistake.lesson[..2], mistake.name)
}

/// Leaves a file alone that is as it should be: cargo compiles again what is younger than its result.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    Ok(fs::write(path, text)?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder below the course's own target folder.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes")
}

/// The course's own target folder, which has the dependencies.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")
}
