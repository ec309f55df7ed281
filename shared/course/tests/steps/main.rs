//! Each step of each lesson is what the checks ask for next, exactly when all steps before it are done.
//!
//! `steps/` has the way from each starter to its solution, as a good student would go it: where a hint leads to a first
//! version that a later step makes right, the first version comes first. When a lesson has changed,
//! `ends_in_the_solution` shows what its file lacks. To run one lesson: `cargo test -p course --test steps 01-counter`.

#![expect(clippy::expect_used, reason = "a test fails by a panic")]

#[path = "../support/variants.rs"]
mod variants;
mod walk;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use checks::{Check, Failure, Subject, Verdict, lessons};
use libtest_mimic::{Arguments, Trial};
use similar::TextDiff;

use crate::variants::{Variant, Workspace};
use crate::walk::Walk;

const WORKSPACE: Workspace = Workspace { name: "steps" };

/// The checks wait more than they work, so that there may be more of them than cores.
const THREADS: usize = 4;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let walks: Vec<_> = walk::read()?.into_iter().map(Arc::new).collect();
    if !arguments.list {
        let variants = walks.iter().flat_map(|walk| walk.steps.iter().map(|step| walk.before(step)));
        WORKSPACE.build(&variants.collect::<Result<Vec<_>>>()?)?;
    }
    Ok(libtest_mimic::run(&arguments, walks.iter().flat_map(trials).collect()).exit_code())
}

/// One for each step of a lesson, and one for its end.
fn trials(walk: &Arc<Walk>) -> Vec<Trial> {
    let steps = walk.steps.iter().enumerate().map(|(index, step)| {
        let name = format!("{}/{}-{}", walk.lesson, index + 1, step.check);
        let walk = Arc::clone(walk);
        Trial::test(name, move || Ok(is_next(&walk, index)?))
    });
    let end = Arc::clone(walk);
    let end = Trial::test(format!("{}/ends_in_the_solution", walk.lesson), move || Ok(ends_in_the_solution(&end)?));
    steps.chain([end]).collect()
}

/// All checks before the step's own pass, and that one asks for the step, unless nothing is left to ask for.
fn is_next(walk: &Walk, index: usize) -> Result<()> {
    let step = &walk.steps[index];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let Some(subject) = WORKSPACE.start(walk.lesson, &walk.name_before(step)).await? else { return Ok(()) };
        let next = first_that_fails(&subject, lessons::of(walk.lesson).take(index + 1)).await?;
        match (next, &step.asks) {
            (Some((check, failure)), Some(asks)) if check.name == step.check && failure.change == *asks => Ok(()),
            (Some((check, failure)), _) => bail!("{check:?} is next:\n\n{failure}"),
            (None, Some(_)) => bail!("{} passes already", step.check),
            (None, None) => Ok(()),
        }
    })
}

/// Runs checks as `cargo lab check` does: up to the first that fails.
async fn first_that_fails(
    subject: &Subject,
    checks: impl Iterator<Item = &'static Check>,
) -> Result<Option<(&'static Check, Box<Failure>)>> {
    for check in checks {
        match check.run(subject).await {
            Verdict::Passed => {}
            Verdict::Failed(failure) => return Ok(Some((check, failure))),
            Verdict::NotRun(reason) => bail!("{check:?} could not be made: {reason}"),
        }
    }
    Ok(None)
}

fn ends_in_the_solution(walk: &Walk) -> Result<()> {
    let name = "the_name_of_both";
    let done = walk.done(name.to_owned())?;
    let solution = Variant::of("solutions", walk.lesson, name.to_owned())?;
    ensure!(done.files.keys().eq(solution.files.keys()), "they have not the same files");
    for (path, expected) in &solution.files {
        // How the program is run, in its first line.
        let expected = expected.replace(" --solution`", "`");
        let found = &done.files[path];
        let diff = TextDiff::from_lines(&expected, found);
        ensure!(*found == expected, "{}", diff.unified_diff().header("solution", &path.display().to_string()));
    }
    Ok(())
}
