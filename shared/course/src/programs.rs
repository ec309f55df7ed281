//! Programs that differ from a solution in a few places, one to a file: `FOLDER/01-counter/counts_the_quantity.toml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::{Context, Result};
use checks::{Subject, Verdict, lessons, side_by_side};
use futures_util::StreamExt;
use instructor::variants::{Edit, Variant, Workspace};
use serde::de::DeserializeOwned;
use walkdir::WalkDir;

/// A program, and what its file says of it.
#[derive(Debug)]
pub struct Entry<W> {
    /// Its name, such as `counts_the_quantity`.
    pub name: String,
    /// The lesson, such as `01-counter`.
    pub lesson: String,
    /// What is written in the file.
    pub written: W,
}

/// All programs of a folder, in the order of lessons and names.
///
/// # Errors
///
/// When the folder or one of the files cannot be read.
pub fn read<W: DeserializeOwned>(folder: &Path) -> Result<Vec<Entry<W>>> {
    let mut entries = Vec::new();
    for file in WalkDir::new(folder).sort_by_file_name() {
        let path = file?.into_path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            entries.push(Entry::read(&path).with_context(|| path.display().to_string())?);
        }
    }
    Ok(entries)
}

impl<W: DeserializeOwned> Entry<W> {
    fn read(path: &Path) -> Result<Self> {
        let name =
            |part: Option<&Path>| part.and_then(Path::file_stem).unwrap_or_default().to_string_lossy().into_owned();
        let written = toml::from_str(&fs::read_to_string(path)?)?;
        Ok(Self { name: name(Some(path)), lesson: name(path.parent()), written })
    }
}

impl<W> Entry<W> {
    /// Its name with its lesson, such as `01-counter/counts_the_quantity`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.lesson, self.name)
    }

    /// The name of its variant, such as `lesson_01_counts_the_quantity`.
    pub fn variant_name(&self) -> String {
        let number = self.lesson.split('-').next().unwrap_or_default();
        format!("lesson_{number}_{}", self.name)
    }

    /// The solution with these changes.
    ///
    /// # Errors
    ///
    /// When they do not fit the solution.
    pub fn variant(&self, edits: &[Edit]) -> Result<Variant> {
        let mut variant = Variant::of(&crate::path(""), "solutions", &self.lesson, self.variant_name())?;
        let context = || format!("{} does not fit its solution", self.full_name());
        edits.iter().try_for_each(|edit| variant.edit(edit)).with_context(context)?;
        Ok(variant)
    }

    /// Runs all checks of its lesson, up to the first that fails, as `cargo lab check` does. Nothing comes of it where the
    /// server that the lesson needs is not installed.
    ///
    /// # Errors
    ///
    /// When the program does not start.
    pub async fn judge(&self, workspace: &Workspace) -> Result<Option<Judgement>> {
        let Some(subject) = workspace.start(&self.lesson, &self.variant_name()).await? else { return Ok(None) };
        Ok(Some(Judgement::of(&self.lesson, &subject).await))
    }
}

/// What all checks of a lesson say of a program.
#[derive(Debug)]
pub enum Judgement {
    /// All pass.
    Accepted,
    /// This one rejects it, with this explanation.
    Rejected {
        /// The check's name.
        check: &'static str,
        /// What the student reads.
        explanation: String,
    },
    /// This one could not be made.
    NotRun {
        /// The check's name.
        check: &'static str,
        /// Why not.
        reason: String,
    },
}

impl Judgement {
    async fn of(lesson: &str, subject: &Subject) -> Self {
        // What comes after the one that fails would be judged for nothing.
        let mut verdicts = pin!(side_by_side::run(lessons::of(lesson), subject, 1));
        while let Some((check, verdict)) = verdicts.next().await {
            match verdict {
                Verdict::Passed => {}
                Verdict::Failed(failure) => {
                    return Self::Rejected { check: check.name, explanation: failure.to_string() };
                }
                Verdict::NotRun(reason) => return Self::NotRun { check: check.name, reason },
            }
        }
        Self::Accepted
    }
}

/// Where the variants are built: beside this program, where the dependencies are built already.
///
/// # Errors
///
/// When nobody knows where this program is.
pub fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    Ok(target.context("this program is in no target folder of cargo")?.to_owned())
}
