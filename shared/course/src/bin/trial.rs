//! Judges programs that no check was written for: `cargo run -p course --bin trial -- FOLDER`
//!
//! Whoever puts the checks on trial writes wrong programs and right ones from the texts of the lessons alone. Each has a
//! file, such as `FOLDER/01-counter/counts_the_quantity.toml`, with what is wrong or right, and how it differs from the
//! solution:
//!
//! ```toml
//! wrong = "Counts the pieces, not the additions."
//! sentence = "One addition counts once, whatever its quantity."
//!
//! [[edits]]
//! file = "src/api.rs"
//! find = "what stands there once"
//! replace = "what stands there instead"
//! ```

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use course::programs::{self, Entry, Judgement};
use futures_util::{StreamExt, stream};
use instructor::variants::{Edit, Workspace};
use serde::Deserialize;

/// The checks wait more than they work.
const AT_ONCE: usize = 4;

/// A program on trial.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(flatten)]
    truth: Truth,
    /// What the lesson says of it.
    sentence: String,
    edits: Vec<Edit>,
}

/// What the program is, in a sentence.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Truth {
    Wrong(String),
    Right(String),
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let folder = env::args().nth(1).context("give a folder: cargo run -p course --bin trial -- FOLDER")?;
    let entries: Vec<Entry<Written>> = programs::read(Path::new(&folder))?;
    ensure!(!entries.is_empty(), "there is no program in {folder}");
    let workspace = Workspace { name: "on-trial", course: course::path(""), target: programs::target()? };
    let variants = entries.iter().map(|entry| entry.variant(&entry.written.edits)).collect::<Result<Vec<_>>>()?;
    workspace.build(&variants)?;
    let judged = stream::iter(&entries).map(|entry| is_judged_rightly(entry, &workspace)).buffered(AT_ONCE);
    let rightly = judged.filter(|rightly| std::future::ready(*rightly)).count().await;
    println!("{rightly} of {} programs are judged rightly", entries.len());
    Ok(if rightly == entries.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn is_judged_rightly(entry: &Entry<Written>, workspace: &Workspace) -> bool {
    let judgement = entry.judge(workspace).await;
    let (rightly, said) = match (&entry.written.truth, &judgement) {
        (Truth::Wrong(_), Ok(Some(Judgement::Rejected { check, explanation }))) => {
            (true, format!("rejected by {check}: {}", explanation.lines().next().unwrap_or_default()))
        }
        (Truth::Wrong(_), Err(error)) => (true, format!("does not start: {error:#}")),
        (Truth::Right(_), Ok(Some(Judgement::Accepted))) => (true, "accepted".to_owned()),
        (_, Ok(Some(Judgement::Accepted))) => (false, "ACCEPTED".to_owned()),
        (_, Ok(Some(Judgement::Rejected { check, explanation }))) => {
            (false, format!("REJECTED by {check}:\n{explanation}"))
        }
        (_, Ok(Some(Judgement::NotRun { check, reason }))) => (false, format!("NOT JUDGED by {check}: {reason}")),
        (_, Ok(None)) => (false, "NOT JUDGED: a server is not installed".to_owned()),
        (_, Err(error)) => (false, format!("DOES NOT START: {error:#}")),
    };
    let (Truth::Wrong(truth) | Truth::Right(truth)) = &entry.written.truth;
    println!("{}: {truth}\n    The lesson: {}\n    {said}", entry.full_name(), entry.written.sentence);
    rightly
}
