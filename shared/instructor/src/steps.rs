//! The way through a lesson, from its starter to its solution, step by step, as `shared/course/steps` has it.

use std::fs;
use std::path::Path;
use std::pin::pin;

use anyhow::{Context, Result, bail, ensure};
use checks::{Check, Failure, Subject, Verdict, lessons, side_by_side};
use futures_util::StreamExt;
use serde::Deserialize;
use similar::TextDiff;

use crate::variants::{Edit, Variant};

/// Where the ways are, in the folder of the course.
const FOLDER: &str = "shared/course/steps";

/// A lesson, done step by step.
#[derive(Debug)]
pub struct Walk {
    /// Such as `01-counter`.
    pub lesson: String,
    /// In the order of the lesson.
    pub steps: Vec<Step>,
}

/// What a student does for a step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The check of the step, such as `cart-additions`.
    pub check: String,
    /// The first sentence of what the check says before the step is done. None if it passes already, because the steps
    /// before were done well.
    pub asks: Option<String>,
    /// How the crate changes.
    #[serde(default)]
    pub edits: Vec<Edit>,
}

/// A file of the folder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    steps: Vec<Step>,
}

impl Walk {
    /// The way through a lesson.
    ///
    /// # Errors
    ///
    /// When its file is missing or broken, or has not one step for each check.
    pub fn read(root: &Path, lesson: &str) -> Result<Self> {
        let path = Self::path(lesson);
        let text = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        let Written { steps } = toml::from_str(&text).with_context(|| format!("{path} is broken"))?;
        let checks = lessons::of(lesson).map(|check| check.name);
        ensure!(
            checks.eq(steps.iter().map(|step| &step.check)),
            "{path} has not one step for each check of the lesson, in their order"
        );
        Ok(Self { lesson: lesson.to_owned(), steps })
    }

    /// Where the way through a lesson is, in the folder of the course.
    pub fn path(lesson: &str) -> String {
        format!("{FOLDER}/{lesson}.toml")
    }

    /// The name of the crate [before](Self::before) a step, such as `lesson_01_before_exceptions`.
    pub fn name_before(&self, step: &Step) -> String {
        format!("lesson_{}_before_{}", &self.lesson[..2], step.check.replace('-', "_"))
    }

    /// The starter, with all that is done before a step.
    ///
    /// # Errors
    ///
    /// When a step does not fit those before it.
    pub fn before(&self, root: &Path, step: &Step) -> Result<Variant> {
        let done = self.steps.iter().take_while(|earlier| earlier.check != step.check);
        self.after(root, done, self.name_before(step))
    }

    /// How the starter, with all that there is to do, differs from the solution. Nothing if the way ends there.
    ///
    /// # Errors
    ///
    /// When a step does not fit those before it, or the solution cannot be read.
    pub fn end(&self, root: &Path) -> Result<Vec<String>> {
        let name = "the_name_of_both";
        let done = self.after(root, self.steps.iter(), name.to_owned())?;
        let solution = Variant::of(root, "solutions", &self.lesson, name.to_owned())?;
        if !done.files.keys().eq(solution.files.keys()) {
            return Ok(vec!["they have not the same files".to_owned()]);
        }
        let files = solution.files.iter().zip(done.files.values());
        let differences = files.filter_map(|((path, expected), found)| {
            // How the program is run, in its first line.
            let expected = expected.replace(" --solution`", "`");
            let diff = TextDiff::from_lines(&expected, found);
            let path = path.display().to_string();
            (*found != expected).then(|| diff.unified_diff().header("solution", &path).to_string())
        });
        Ok(differences.collect())
    }

    /// Whether the checks ask for a step next, when the subject is the crate [before](Self::before) it: all checks
    /// before the step's own pass, and that one asks for the step, unless nothing is left to ask for.
    ///
    /// # Errors
    ///
    /// When they do not, with what they ask for instead.
    pub async fn is_next(&self, step: &Step, subject: &Subject) -> Result<()> {
        let position = self.steps.iter().take_while(|earlier| earlier.check != step.check).count();
        let next = first_that_fails(subject, lessons::of(&self.lesson).take(position + 1)).await?;
        match (next, &step.asks) {
            (Some((check, failure)), Some(asks)) if check.name == step.check && failure.change == *asks => Ok(()),
            (Some((check, failure)), _) => bail!("{check:?} is next:\n\n{failure}"),
            (None, Some(_)) => bail!("{} passes already", step.check),
            (None, None) => Ok(()),
        }
    }

    fn after<'a>(&self, root: &Path, steps: impl Iterator<Item = &'a Step>, name: String) -> Result<Variant> {
        let mut variant = Variant::of(root, "lessons", &self.lesson, name)?;
        for step in steps {
            let context = || format!("the step {} of {} does not fit those before it", step.check, self.lesson);
            step.edits.iter().try_for_each(|edit| variant.edit(edit)).with_context(context)?;
        }
        Ok(variant)
    }
}

/// Runs checks as `cargo lab check` does: up to the first that fails.
async fn first_that_fails(
    subject: &Subject,
    checks: impl Iterator<Item = &'static Check>,
) -> Result<Option<(&'static Check, Box<Failure>)>> {
    // What comes after the one that fails would be judged for nothing.
    let mut verdicts = pin!(side_by_side::run(checks, subject, 1));
    while let Some((check, verdict)) = verdicts.next().await {
        match verdict {
            Verdict::Passed => {}
            Verdict::Failed(failure) => return Ok(Some((check, failure))),
            Verdict::NotRun(reason) => bail!("{check:?} could not be made: {reason}"),
        }
    }
    Ok(None)
}
