//! Each step of each lesson is what the checks ask for next, exactly when all steps before it are done.
//!
//! `steps/` has the way from each starter to its solution, as a good student would go it: where a hint leads to a first
//! version that a later step makes right, the first version comes first. When a lesson has changed,
//! `ends_in_the_solution` shows what its file lacks. To run one lesson: `cargo test -p course --test steps 01-counter`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use anyhow::{Result, ensure};
use checks::lessons;
use instructor::steps::Walk;
use instructor::variants::Workspace;
use libtest_mimic::{Arguments, Trial};

static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| Workspace {
    name: "steps",
    course: course::path(""),
    target: Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."),
});

/// The checks wait more than they work, so that there may be more of them than cores.
const THREADS: usize = 4;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let walks: Vec<_> = walks()?.into_iter().map(Arc::new).collect();
    if !arguments.list {
        let variants = walks.iter().flat_map(|walk| walk.steps.iter().map(|step| walk.before(&WORKSPACE.course, step)));
        WORKSPACE.build(&variants.collect::<Result<Vec<_>>>()?)?;
    }
    Ok(libtest_mimic::run(&arguments, walks.iter().flat_map(trials).collect()).exit_code())
}

/// The ways through all lessons.
fn walks() -> Result<Vec<Walk>> {
    let mut lessons: Vec<_> = lessons::all().map(|check| check.lesson).collect();
    lessons.dedup();
    lessons.into_iter().map(|lesson| Walk::read(&WORKSPACE.course, lesson)).collect()
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

/// Nothing comes of it where the server that the lesson needs is not installed.
fn is_next(walk: &Walk, index: usize) -> Result<()> {
    let step = &walk.steps[index];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let Some(subject) = WORKSPACE.start(&walk.lesson, &walk.name_before(step)).await? else { return Ok(()) };
        walk.is_next(step, &subject).await
    })
}

fn ends_in_the_solution(walk: &Walk) -> Result<()> {
    let differences = walk.end(&WORKSPACE.course)?;
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}
