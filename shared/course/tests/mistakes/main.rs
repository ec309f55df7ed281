//! Each classic mistake is rejected by the check that is meant for it, with an explanation of that mistake. Where it keeps
//! the app from starting, the app's own last words have to explain it.
//!
//! One test for each entry of the catalogue in `mistakes/`. To add an entry: write the file, and run
//! `INSTA_UPDATE=always cargo test -p course --test mistakes NAME`; then read the explanation that it wrote.

mod catalogue;

use std::env;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{LazyLock, PoisonError, RwLock};

use anyhow::{Context, Result, bail, ensure};
use course::programs::Judgement;
use instructor::variants::Workspace;
use libtest_mimic::{Arguments, Trial};

use crate::catalogue::{Mistake, START};

static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| Workspace {
    name: "mistakes",
    course: course::path(""),
    target: Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."),
});

/// The checks wait more than they work, so that there may be more of them than cores.
const THREADS: usize = 6;

/// Written by a test that wants the machine for itself, read by all others.
static MACHINE: RwLock<()> = RwLock::new(());

/// The environment variable that asks for a part of the catalogue: `2/3` is each third entry, from the second on.
const PART: &str = "MISTAKES_PART";

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let mut mistakes = catalogue::read()?;
    if let Ok(part) = env::var(PART) {
        keep_part(&mut mistakes, &part)?;
    }
    // Those alone that are asked for, since each has to be built.
    mistakes.retain(|mistake| arguments.filter.as_ref().is_none_or(|part| mistake.full_name().contains(part)));
    if !arguments.list {
        let variants = mistakes.iter().map(|mistake| mistake.variant(&mistake.written.edits));
        WORKSPACE.build(&variants.collect::<Result<Vec<_>>>()?)?;
    }
    let trials = mistakes
        .into_iter()
        .map(|mistake| Trial::test(mistake.full_name(), move || Ok(is_rejected_and_explained(&mistake)?)));
    Ok(libtest_mimic::run(&arguments, trials.collect()).exit_code())
}

fn keep_part(mistakes: &mut Vec<Mistake>, part: &str) -> Result<()> {
    let numbers = part.split_once('/').and_then(|(which, of)| Some((which.parse().ok()?, of.parse().ok()?)));
    let (which, of): (usize, usize) = numbers.with_context(|| format!("{PART}={part} is no part, such as 2/3"))?;
    ensure!((1..=of).contains(&which), "{PART}={part} is no part, such as 2/3");
    let mut number = 0..;
    mistakes.retain(|_| number.next().is_some_and(|number: usize| number % of + 1 == which));
    Ok(())
}

/// Some mistakes show in several ways, and which of them comes first depends on how busy the machine is. So one that is not
/// explained as it is meant, beside others, is judged once more, alone.
fn is_rejected_and_explained(mistake: &Mistake) -> Result<()> {
    if !mistake.written.alone {
        let _beside_others = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
        match catch_unwind(|| judge_once(mistake)) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => println!("{} again, alone: {error:#}", mistake.full_name()),
            Err(_) => println!("{} again, alone: its explanation differs", mistake.full_name()),
        }
    }
    // A test that has failed has poisoned the lock, which guards nothing but the machine's attention.
    let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    judge_once(mistake)
}

fn judge_once(mistake: &Mistake) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(explanation) = runtime.block_on(reject(mistake))? {
        assert_explanation(mistake, &explanation);
    }
    Ok(())
}

/// Nothing comes of it where the server that the lesson needs is not installed.
async fn reject(mistake: &Mistake) -> Result<Option<String>> {
    let meant = mistake.written.check.as_str();
    let judged = mistake.judge(&WORKSPACE).await;
    if meant == START {
        return judged.err().map(|error| Some(error.to_string())).context("it starts");
    }
    match judged? {
        None => Ok(None),
        Some(Judgement::Rejected { check, explanation }) if check == meant => Ok(Some(explanation)),
        Some(Judgement::Rejected { check, explanation }) => bail!("{check} rejects it, not {meant}:\n\n{explanation}"),
        Some(Judgement::NotRun { check, reason }) => bail!("{check} could not be made: {reason}"),
        Some(Judgement::Accepted) => bail!("{meant} accepts it, and so do all others"),
    }
}

/// Holds the explanation against the snapshot beside the entry.
fn assert_explanation(mistake: &Mistake, explanation: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(catalogue::folder().join(&mistake.lesson));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(mistake.written.mistake.clone());
    for (pattern, mask) in MASKS {
        settings.add_filter(pattern, mask);
    }
    let explanation = if mistake.written.varies { &without_what_was_seen(explanation) } else { explanation };
    settings.bind(|| insta::assert_snapshot!(mistake.name.as_str(), explanation));
}

fn without_what_was_seen(explanation: &str) -> String {
    let parts = explanation.split_once("Expected:").zip(explanation.split_once("What this usually is:"));
    parts.map_or_else(
        || explanation.to_owned(),
        |((change, _), (_, cause))| format!("{change}What this usually is:{cause}"),
    )
}

/// What differs from run to run, or from machine to machine.
const MASKS: [(&str, &str); 20] = [
    // Sessions come and go.
    (
        r"(?m)(?:^  pg_stat_activity_count\{.*\n)+(?:^  \.\.\. and \d+ more\n)?",
        "  pg_stat_activity_count{...} [value]\n",
    ),
    // Of lessons 05 and 06: what PostgreSQL counts, and what it and this system number.
    (r"\bwatched_\d+_\d+", "[database]"),
    (r#"((?:pid="|datid="|"expire_))\d+""#, "$1[number]\""),
    (
        r"(?m)^( *pg_(?:stat|locks|database|settings)_\w+(?:\{.*\})?:?) (?:between [\d.e+-]+ and )?\d[\d.e+-]*",
        "$1 [value]",
    ),
    // Where in PostgreSQL's own source an error comes from.
    (r"\bat line \d+", "at line [number]"),
    (r"(?m)^( *)\d+( connections of the exporter| of its sessions)", "$1[number]$2"),
    (r"\.\.\. and \d+ more", "... and [number] more"),
    // Each version of the server has other settings.
    (r"\ball \d+ settings", "all [number] settings"),
    (r"(?m)(?:^  # TYPE pg_settings_\w+ gauge\n){2,}", "  # TYPE pg_settings_... gauge\n"),
    (r"\d{10}\.\d+", "[time]"),
    (r"(?i)check-[0-9a-f]+-\d+", "[session]"),
    (r"127\.0\.0\.1:\d+", "[address]"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "[time]"),
    (r"(\b(?:took|in) |\()\d+ ms", "$1[time] ms"),
    (r#"\b(version|rust_version|os|arch)="[^".][^"]*""#, r#"$1="[$1]""#),
    // Values of samples: measured, or counted by scrapes.
    (
        r"(?m)^( *\w*(?:_ratio|_bytes|_seconds|_sum|_bucket|db_connections_(?:active|idle)|db_query\w*_count)(?:\{.*\})?) \S+$",
        "$1 [value]",
    ),
    (r#"(?m)(path="/metrics".*\}) \d+$"#, "$1 [value]"),
    // The same in sentences.
    (r"(the sum rose by|they showed) [\d.e-]+(?:, [\d.e-]+)*", "$1 [value]"),
    (r"(about|at most|after) \d+\.\d+", "$1 [value]"),
    (r"\d{7,}", "[number]"),
];
