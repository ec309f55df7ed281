//! The entries: wrong variants of the solutions, each of which one check has to reject.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use instructor::variants::{Edit, Variant};
use serde::Deserialize;
use walkdir::WalkDir;

/// In the place of a check: the app has to end when it starts, and to say why.
pub(crate) const START: &str = "start";

/// What a student may get wrong.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// Its name, such as `counts_the_quantity`.
    pub(crate) name: String,
    /// The lesson, such as `01-counter`.
    pub(crate) lesson: String,
    /// What the student did, and how.
    pub(crate) written: Written,
}

/// An entry, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// What the student did, in a sentence.
    pub(crate) mistake: String,
    /// The check that has to reject it, such as `cart-additions`, or [`START`].
    pub(crate) check: String,
    /// Whether nothing else may keep the machine busy, since the check looks at how busy it is.
    #[serde(default)]
    pub(crate) alone: bool,
    /// How it differs from the solution.
    pub(crate) edits: Vec<Edit>,
}

/// All entries, in the order of lessons and names.
pub(crate) fn read() -> Result<Vec<Mistake>> {
    let mut mistakes = Vec::new();
    for entry in WalkDir::new(folder()).sort_by_file_name() {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "toml") {
            let mistake = Mistake::read(entry.path()).with_context(|| entry.path().display().to_string())?;
            mistakes.push(mistake);
        }
    }
    Ok(mistakes)
}

/// Where the entries and their snapshots are, in a folder for each lesson.
pub(crate) fn folder() -> PathBuf {
    course::path("shared/course/mistakes")
}

impl Mistake {
    fn read(path: &Path) -> Result<Self> {
        let name =
            |part: Option<&Path>| part.and_then(Path::file_stem).unwrap_or_default().to_string_lossy().into_owned();
        let (name, lesson) = (name(Some(path)), name(path.parent()));
        let written: Written = toml::from_str(&fs::read_to_string(path)?)?;
        let exists = written.check == START || checks::lessons::find(&lesson, &written.check).is_some();
        ensure!(exists, "{lesson} has no check {}", written.check);
        Ok(Self { name, lesson, written })
    }

    /// Its name with its lesson, such as `01-counter/counts_the_quantity`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.lesson, self.name)
    }

    /// The name of its variant, such as `lesson_01_counts_the_quantity`.
    pub(crate) fn variant_name(&self) -> String {
        format!("lesson_{}_{}", &self.lesson[..2], self.name)
    }

    /// The solution with this mistake.
    pub(crate) fn variant(&self) -> Result<Variant> {
        let mut variant = Variant::of(&course::path(""), "solutions", &self.lesson, self.variant_name())?;
        let context = || format!("the mistake {}/{} does not fit its solution", self.lesson, self.name);
        self.written.edits.iter().try_for_each(|edit| variant.edit(edit)).with_context(context)?;
        Ok(variant)
    }
}
