//! The way through a lesson, from its starter to its solution.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use checks::lessons;
use serde::Deserialize;

use crate::variants::{Edit, Variant};

/// A lesson, done step by step.
#[derive(Debug)]
pub(crate) struct Walk {
    /// Such as `01-counter`.
    pub(crate) lesson: &'static str,
    /// In the order of the lesson.
    pub(crate) steps: Vec<Step>,
}

/// What a student does for a step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// The check of the step, such as `cart-additions`.
    pub(crate) check: String,
    /// The first sentence of what the check says before the step is done. None if it passes already, because the steps
    /// before were done well.
    pub(crate) asks: Option<String>,
    /// How the crate changes.
    #[serde(default)]
    pub(crate) edits: Vec<Edit>,
}

/// A file of `steps/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    steps: Vec<Step>,
}

/// The ways through all lessons.
pub(crate) fn read() -> Result<Vec<Walk>> {
    let mut lessons: Vec<_> = lessons::all().map(|check| check.lesson).collect();
    lessons.dedup();
    lessons.into_iter().map(|lesson| Walk::read(lesson).with_context(|| format!("the steps of {lesson}"))).collect()
}

impl Walk {
    fn read(lesson: &'static str) -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("steps").join(lesson).with_extension("toml");
        let Written { steps } = toml::from_str(&fs::read_to_string(path)?)?;
        let checks = lessons::of(lesson).map(|check| check.name);
        ensure!(
            checks.eq(steps.iter().map(|step| &step.check)),
            "there is not one step for each check, in their order"
        );
        Ok(Self { lesson, steps })
    }

    /// The name of the crate [before](Self::before) a step, such as `lesson_01_before_exceptions`.
    pub(crate) fn name_before(&self, step: &Step) -> String {
        format!("lesson_{}_before_{}", &self.lesson[..2], step.check.replace('-', "_"))
    }

    /// The starter, with all that is done before a step.
    pub(crate) fn before(&self, step: &Step) -> Result<Variant> {
        let done = self.steps.iter().take_while(|earlier| earlier.check != step.check);
        self.after(done, self.name_before(step))
    }

    /// The starter, with all that there is to do.
    pub(crate) fn done(&self, name: String) -> Result<Variant> {
        self.after(self.steps.iter(), name)
    }

    fn after<'a>(&self, steps: impl Iterator<Item = &'a Step>, name: String) -> Result<Variant> {
        let mut variant = Variant::of("lessons", self.lesson, name)?;
        for step in steps {
            let context = || format!("the step {} of {} does not fit those before it", step.check, self.lesson);
            step.edits.iter().try_for_each(|edit| variant.edit(edit)).with_context(context)?;
        }
        Ok(variant)
    }
}
