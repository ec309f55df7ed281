//! Each step of each lesson is what the checks ask for next, exactly when all steps before it are done.
//!
//! `steps/` has the way from each starter to its solution, as a good student would go it: where a hint leads to a first
//! version that a later step makes right, the first version comes first. When a lesson has changed,
//! `ends_in_the_solution` shows what its file lacks. To run one lesson: `cargo test -p course --test steps 01-counter`.
//!
//! And the first metric of the book is on the page, once one has written it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use anyhow::{Context, Result, ensure};
use checks::{Subject, lessons};
use instructor::steps::Walk;
use instructor::variants::{Edit, Variant, Workspace};
use libtest_mimic::{Arguments, Trial};

static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| Workspace {
    name: "steps",
    course: course::path(""),
    target: Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."),
});

/// Each of them runs up to eight checks at a time, and on a machine that is too busy an app may not get enough of the CPU for
/// the gauges that measure it.
const THREADS: usize = 2;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let walks: Vec<_> = walks()?.into_iter().map(Arc::new).collect();
    if !arguments.list {
        let variants = walks.iter().flat_map(|walk| walk.steps.iter().map(|step| walk.before(&WORKSPACE.course, step)));
        WORKSPACE.build(&variants.chain([first_metric()]).collect::<Result<Vec<_>>>()?)?;
    }
    let first_metric = Trial::test("the_first_metric_of_the_readme", || Ok(first_metric_is_on_the_page()?));
    let trials = walks.iter().flat_map(trials).chain([first_metric]);
    Ok(libtest_mimic::run(&arguments, trials.collect()).exit_code())
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

/// The lesson in which a reader writes it.
const FIRST_METRIC_LESSON: &str = "01-counter";
const FIRST_METRIC: &str = "the_first_metric";

/// The starter with the code of the book's page below the line that it names.
fn first_metric() -> Result<Variant> {
    let text = std::fs::read_to_string(course::path("docs/src/first-metric.md"))?;
    let below = text.split("below the line").nth(1).and_then(|rest| rest.split('`').nth(1));
    let below = below.context("the page names no line")?;
    let code = text.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    let code = code.context("the page has no code")?;
    let edit = Edit { file: "src/metrics.rs".into(), find: below.to_owned(), replace: format!("{below}\n{code}") };
    let mut variant = Variant::of(&WORKSPACE.course, "lessons", FIRST_METRIC_LESSON, FIRST_METRIC.to_owned())?;
    variant.edit(&edit)?;
    Ok(variant)
}

fn first_metric_is_on_the_page() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let Some(Subject::Shop(shop)) = WORKSPACE.start(FIRST_METRIC_LESSON, FIRST_METRIC).await? else {
            return Ok(());
        };
        let client = reqwest::Client::builder().no_proxy().build()?;
        let page = client.get(format!("{}/metrics", shop.base_url())).send().await?.text().await?;
        ensure!(page.contains("\ngreetings_total 1\n"), "{page}");
        Ok(())
    })
}
