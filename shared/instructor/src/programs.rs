//! What the programs of a lesson are worth by its checks: a starter fails them, and a solution passes them.
//!
//! Each rule is a function: it returns what breaks it, and nothing if all is well.

use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::{Result, anyhow};
use checks::services::if_installed;
use checks::subject::StartError;
use checks::{Subject, Verdict, lessons, side_by_side};
use futures_util::StreamExt;
use lab::course::{Course, Lesson, Program};
use lab::machine::cargo::{self, BuildError};

use crate::steps::Walk;

/// A program that is built, or why there is none.
pub enum Build {
    /// It compiles, and the compiler has nothing to say.
    Clean(PathBuf),
    /// It does not, or only with a warning. These are the compiler's own words.
    Words(String),
}

/// Builds a program.
///
/// # Errors
///
/// When cargo does not come as far as the code.
pub async fn build(course: &Course, program: &Program) -> Result<Build> {
    match cargo::build(course.root(), &program.package()).await {
        Ok(built) if built.warnings.is_empty() => Ok(Build::Clean(built.executable)),
        Ok(built) => Ok(Build::Words(built.warnings)),
        Err(BuildError::Code(errors)) => Ok(Build::Words(errors)),
        Err(error) => {
            let problem = error.into_problem(&program.folder());
            Err(anyhow!("{}\n{}", problem.message, problem.quoted))
        }
    }
}

/// Starts the program of a lesson. None where the server that it needs is not installed.
///
/// # Errors
///
/// When it does not start.
pub async fn start(lesson: &Lesson, program: PathBuf) -> Result<Option<Subject>> {
    match Subject::start(lesson.name(), program).await {
        Err(StartError::Service(error)) => Ok(if_installed(Err(error), lesson.name())?),
        subject => Ok(Some(subject?)),
    }
}

/// A starter fails every check of a step that its way says is to be done.
///
/// # Errors
///
/// When its way cannot be read.
pub async fn starter(root: &Path, lesson: &Lesson, subject: &Subject) -> Result<Vec<String>> {
    let walk = Walk::read(root, lesson.name())?;
    let verdicts = verdicts(lesson, subject).await;
    let mut faults = Vec::new();
    for (step, verdict) in walk.steps.iter().zip(verdicts) {
        match (verdict, &step.asks) {
            (Verdict::Passed, Some(_)) => {
                faults.push(format!("{} passes, before anything is written", step.check));
            }
            (Verdict::NotRun(reason), _) => faults.push(not_made(&step.check, &reason)),
            (Verdict::Passed | Verdict::Failed(_), _) => {}
        }
    }
    Ok(faults)
}

/// A solution passes each check of its lesson.
pub async fn solution(lesson: &Lesson, subject: &Subject) -> Vec<String> {
    let verdicts = verdicts(lesson, subject).await;
    let faults = lessons::of(lesson.name()).zip(verdicts).filter_map(|(check, verdict)| match verdict {
        Verdict::Passed => None,
        Verdict::Failed(failure) => Some(format!("{} fails:\n{failure}", check.name)),
        Verdict::NotRun(reason) => Some(not_made(check.name, &reason)),
    });
    faults.collect()
}

fn not_made(check: &str, reason: &str) -> String {
    format!("{check} could not be made: {reason}")
}

/// What each check says of a program.
async fn verdicts(lesson: &Lesson, subject: &Subject) -> Vec<Verdict> {
    let verdicts = pin!(side_by_side::run(lessons::of(lesson.name()), subject, side_by_side::AT_ONCE));
    verdicts.map(|(_, verdict)| verdict).collect().await
}
