//! The lesson that stands beside the pictures: its steps, and what is known of them.

use anstream::adapter::strip_str;
use checks::Failure;
use serde::Serialize;

use crate::course::manifest::Manifest;
use crate::course::{self, Course, steps_table};
use crate::judge::Status;
use crate::screen::visible::visible;
use crate::student::progress::Progress;

/// A lesson, for the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lesson {
    name: String,
    title: String,
    question: String,
    /// What `cargo lab watch` is doing.
    stage: Option<Stage>,
    steps: Vec<Step>,
    open: Option<OpenStep>,
}

/// What `cargo lab watch` is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It builds the program.
    Building,
    /// It judges the program.
    Checking,
    /// It waits for a save.
    Waiting,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Step {
    title: String,
    status: StepStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum StepStatus {
    Passed,
    Failed,
    /// Not done, as far as is known.
    Open,
    /// Its check could not be made.
    Unknown,
}

/// The first step that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct OpenStep {
    title: String,
    /// How one sees that it is done, from the table of steps in the lesson's README.
    look: String,
    /// What the check said.
    verdict: Option<String>,
}

impl Lesson {
    /// What is known from the last check, whoever made it.
    pub fn kept(course: &Course, lesson: &course::Lesson, manifest: &Manifest, progress: &Progress) -> Self {
        let statuses = manifest.steps.iter().map(|step| match progress.has_passed(step) {
            true => StepStatus::Passed,
            false if progress.failure(step).is_some() => StepStatus::Failed,
            false => StepStatus::Open,
        });
        let verdict = progress.failed.as_ref().map(|failed| format!("{}\n\n{}", failed.change, failed.mistake));
        Self::new(course, lesson, manifest, statuses.collect(), verdict)
    }

    /// What `cargo lab watch` knows. Trouble keeps it from judging.
    pub fn watched(
        course: &Course,
        lesson: &course::Lesson,
        manifest: &Manifest,
        statuses: &[Status],
        stage: Stage,
        trouble: Option<&str>,
    ) -> Self {
        let verdict = trouble.map(|text| strip_str(text).to_string()).or_else(|| statuses.iter().find_map(verdict));
        let statuses = statuses.iter().map(|status| match status {
            Status::Passed => StepStatus::Passed,
            Status::Failed(_) => StepStatus::Failed,
            Status::NotJudged(_) => StepStatus::Unknown,
            Status::NotReached => StepStatus::Open,
        });
        Self { stage: Some(stage), ..Self::new(course, lesson, manifest, statuses.collect(), verdict) }
    }

    fn new(
        course: &Course,
        lesson: &course::Lesson,
        manifest: &Manifest,
        statuses: Vec<StepStatus>,
        verdict: Option<String>,
    ) -> Self {
        let place = statuses.iter().position(|status| *status != StepStatus::Passed);
        let open = place.and_then(|place| {
            let title = manifest.steps.get(place)?.title.clone();
            let look = steps_table::how_you_see_it(course, lesson).into_iter().nth(place).unwrap_or_default();
            Some(OpenStep { title, look, verdict: verdict.map(|verdict| visible(&verdict)) })
        });
        let steps =
            manifest.steps.iter().zip(statuses).map(|(step, status)| Step { title: step.title.clone(), status });
        Self {
            name: lesson.name().to_owned(),
            title: manifest.title.clone(),
            question: manifest.question.clone(),
            stage: None,
            steps: steps.collect(),
            open,
        }
    }
}

/// What a check said of a step that is not done.
fn verdict(status: &Status) -> Option<String> {
    match status {
        Status::Failed(failure) => {
            let Failure { change, expected, seen, mistake, why } = &**failure;
            let seen = seen.join("\n");
            Some(format!(
                "{change}\n\nExpected\n{expected}\n\nSeen\n{seen}\n\nWhat this usually is\n{mistake}\n\nWhy it matters\n{why}"
            ))
        }
        Status::NotJudged(reason) => Some(format!("It could not be judged: {reason}")),
        Status::Passed | Status::NotReached => None,
    }
}
