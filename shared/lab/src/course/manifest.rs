//! `lesson.toml`: what a lesson is about, its steps, and the check that proves each.

use checks::Check;
use serde::Deserialize;

use super::{Course, Lesson};
use crate::problem::{Problem, Result};

/// The version of the format that is understood here.
const FORMAT: u32 = 1;

/// A lesson's `lesson.toml`, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    name: String,
    title: String,
    question: String,
    minutes: u32,
    services: Vec<String>,
    files: Vec<String>,
    learned: String,
    steps: Vec<WrittenStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    check: String,
    title: String,
    hints: Vec<String>,
    weight: Option<u32>,
}

/// A lesson's `lesson.toml`, valid.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// What the lesson is about.
    pub title: String,
    /// The question that it answers.
    pub question: String,
    /// How long it takes.
    pub minutes: u32,
    /// What has to run beside the app.
    pub services: Vec<String>,
    /// What the student edits, in the lesson's folder.
    pub files: Vec<String>,
    /// What one knows at the end.
    pub learned: String,
    /// What is to be done, in order.
    pub steps: Vec<Step>,
}

/// A step of a lesson.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is to be done.
    pub title: String,
    /// The check that proves it.
    pub check: &'static Check,
    /// Help, from a nudge to nearly the answer.
    pub hints: Vec<String>,
    /// The points that it is worth when a class is graded: 1, unless something else is written.
    pub weight: u32,
}

impl Manifest {
    /// Reads the manifest of a lesson: the original one, whatever became of the file.
    ///
    /// # Errors
    ///
    /// When it is missing or says what cannot be.
    pub fn read(course: &Course, lesson: &Lesson) -> Result<Self> {
        let path = format!("lessons/{}/lesson.toml", lesson.name());
        let broken = |error: String| {
            Problem::new(format!("{path} is broken"))
                .quoting(error)
                .advice("It belongs to the course, not to what you edit. Get a newer copy of the course.")
        };
        let content = course.originals().content(course.root(), &path)?;
        let written: Written = toml::from_slice(&content).map_err(|error| broken(error.to_string()))?;
        written.validate(lesson).map_err(broken)
    }
}

impl Manifest {
    /// Of a lesson that is not in this copy: what its checks tell. Their names stand for the titles.
    pub fn of_checks(lesson: &Lesson) -> Self {
        let step =
            |check: &'static Check| Step { title: check.name.replace('-', " "), check, hints: Vec::new(), weight: 1 };
        Self {
            title: lesson.topic().to_owned(),
            question: String::new(),
            minutes: 0,
            services: Vec::new(),
            files: Vec::new(),
            learned: String::new(),
            steps: checks::lessons::of(lesson.name()).map(step).collect(),
        }
    }
}

impl Written {
    fn validate(self, lesson: &Lesson) -> Result<Manifest, String> {
        if self.format != FORMAT {
            return Err(format!("format is {}, but this program understands {FORMAT}", self.format));
        }
        if self.name != lesson.name() {
            return Err(format!("name is {:?}, but the folder is {:?}", self.name, lesson.name()));
        }
        Ok(Manifest {
            steps: validate_steps(self.steps, lesson)?,
            title: self.title,
            question: self.question,
            minutes: self.minutes,
            services: self.services,
            files: self.files,
            learned: self.learned,
        })
    }
}

/// Each check of the lesson proves one step, in the order of the checks.
fn validate_steps(steps: Vec<WrittenStep>, lesson: &Lesson) -> Result<Vec<Step>, String> {
    let checks: Vec<_> = checks::lessons::of(lesson.name()).collect();
    let expected: Vec<_> = checks.iter().map(|check| check.name).collect();
    let named: Vec<_> = steps.iter().map(|step| step.check.as_str()).collect();
    if named != expected {
        return Err(format!("the steps name the checks {named:?}, but the lesson has {expected:?}"));
    }
    if let Some(step) = steps.iter().find(|step| step.weight == Some(0)) {
        return Err(format!("the weight of the step {:?} is 0, but a step is worth a point at least", step.check));
    }
    let steps = steps.into_iter().zip(checks);
    let valid = |(step, check): (WrittenStep, _)| {
        let weight = step.weight.unwrap_or(1);
        Step { title: step.title, check, hints: step.hints, weight }
    };
    Ok(steps.map(valid).collect())
}
