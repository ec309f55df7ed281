//! Each right program of `right_ways/` is accepted: it does what the lesson asks for in another way than the solution.

use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;

use anyhow::{Result, bail};
use course::programs::{self, Entry, Judgement};
use instructor::variants::{Edit, Workspace};
use libtest_mimic::{Arguments, Trial};
use serde::Deserialize;

static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| Workspace {
    name: "right_ways",
    course: course::path(""),
    target: Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."),
});

/// The checks wait more than they work, so that there may be more of them than cores.
const THREADS: usize = 4;

/// An entry, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What is done in another way, in a sentence.
    right: String,
    /// What the lesson says of it.
    sentence: String,
    /// How it differs from the solution.
    edits: Vec<Edit>,
}

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let entries: Vec<Entry<Written>> = programs::read(&course::path("shared/course/right_ways"))?;
    if !arguments.list {
        let variants = entries.iter().map(|entry| entry.variant(&entry.written.edits));
        WORKSPACE.build(&variants.collect::<Result<Vec<_>>>()?)?;
    }
    let trials = entries.into_iter().map(|entry| Trial::test(entry.full_name(), move || Ok(is_accepted(&entry)?)));
    Ok(libtest_mimic::run(&arguments, trials.collect()).exit_code())
}

fn is_accepted(entry: &Entry<Written>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let Written { right, sentence, .. } = &entry.written;
    match runtime.block_on(entry.judge(&WORKSPACE))? {
        None | Some(Judgement::Accepted) => Ok(()),
        Some(Judgement::Rejected { check, explanation }) => {
            bail!("{check} rejects it.\n\n{right}\n{sentence}\n\n{explanation}")
        }
        Some(Judgement::NotRun { check, reason }) => bail!("{check} could not be made: {reason}"),
    }
}
