//! Each classic mistake is rejected by the check that is meant for it, with an explanation of that mistake.
//!
//! One test for each entry of the catalogue in `mistakes/`. To add an entry: write the file, and run
//! `INSTA_UPDATE=always cargo test -p course --test mistakes NAME`; then read the explanation that it wrote.

#![expect(clippy::expect_used, reason = "a test fails by a panic")]

mod catalogue;
mod variants;

use std::process::ExitCode;

use anyhow::{Result, bail};
use checks::app::Environment;
use checks::database::Database;
use checks::{App, Failure, Subject, Verdict, lessons};
use libtest_mimic::{Arguments, Trial};

use crate::catalogue::Mistake;
use crate::variants::Variant;

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let mistakes = catalogue::read()?;
    if !arguments.list {
        variants::build(&mistakes)?;
    }
    let trials = mistakes.into_iter().map(|mistake| {
        let name = format!("{}/{}", mistake.lesson, mistake.name);
        Trial::test(name, move || Ok(is_rejected_and_explained(&mistake)?))
    });
    Ok(libtest_mimic::run(&arguments, trials.collect()).exit_code())
}

fn is_rejected_and_explained(mistake: &Mistake) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let failure = runtime.block_on(reject(mistake))?;
    assert_explanation(mistake, &failure);
    Ok(())
}

/// Runs the checks as `cargo lab check` does: up to the first that fails, which has to be the one that is meant.
async fn reject(mistake: &Mistake) -> Result<Box<Failure>> {
    let environment = Environment { launcher: Box::new(Variant::of(mistake)), database: Database::fresh().await? };
    let app = Subject::Shop(App::start(environment).await?);
    for check in lessons::of(&mistake.lesson) {
        let is_meant = check.name == mistake.written.check;
        match check.run(&app).await {
            Verdict::Failed(failure) if is_meant => return Ok(failure),
            Verdict::Failed(failure) => bail!("{check:?} rejects it first:\n\n{failure}"),
            Verdict::NotRun(reason) => bail!("{check:?} could not be made: {reason}"),
            Verdict::Passed if is_meant => bail!("{check:?} accepts it"),
            Verdict::Passed => {}
        }
    }
    bail!("the check {} is not among those of the lesson", mistake.written.check)
}

/// Holds the explanation against the snapshot beside the entry.
fn assert_explanation(mistake: &Mistake, failure: &Failure) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(catalogue::folder().join(&mistake.lesson));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(mistake.written.mistake.clone());
    for (pattern, mask) in MASKS {
        settings.add_filter(pattern, mask);
    }
    settings.bind(|| insta::assert_snapshot!(mistake.name.as_str(), failure.to_string()));
}

/// What differs from run to run.
const MASKS: [(&str, &str); 4] = [
    (r"(?i)check-[0-9a-f]+-\d+", "[session]"),
    (r"127\.0\.0\.1:\d+", "[address]"),
    (r"\d+\.\d{3,}|\d{7,}", "[number]"),
    (r"\b\d+ ms", "[time] ms"),
];
