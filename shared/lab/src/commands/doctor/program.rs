//! Other programs, asked for a line about themselves.

use std::ffi::OsStr;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// How long a program may take to say its version. Docker takes a second or two on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a program says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// Its first line.
    Line(String),
    /// It ended with an error, and this line about it.
    Error(String),
    /// There is no such program.
    Missing,
}

/// Asks a program, for as long as [`PATIENCE`] lasts. Then it is ended.
pub(super) async fn ask(program: impl AsRef<OsStr>, arguments: &[&str]) -> Word {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    match timeout(PATIENCE, command.output()).await {
        Ok(Ok(output)) => {
            let succeeded = output.status.success();
            // Some write their version to standard error. And one that fails may have written a part of its answer.
            let texts = if succeeded { [&output.stdout, &output.stderr] } else { [&output.stderr, &output.stdout] };
            let line = texts.map(|text| first_line(text)).into_iter().find(|line| !line.is_empty());
            let line = line.unwrap_or_else(|| format!("no word ({})", output.status));
            if succeeded { Word::Line(line) } else { Word::Error(line) }
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Word::Missing,
        Ok(Err(error)) => Word::Error(error.to_string()),
        Err(_) => Word::Error(format!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}

/// The version in a line such as `rustc 1.95.0 (59807616e 2026-04-14)`; the whole line where there is none.
pub(super) fn version(line: &str) -> &str {
    let mut words = line.split_whitespace().map(|word| word.trim_end_matches(','));
    words.find(|word| word.starts_with(|first: char| first.is_ascii_digit())).unwrap_or(line)
}

/// The first of several programs that is there.
pub(super) async fn ask_any(programs: &[impl AsRef<OsStr>], arguments: &[&str]) -> Word {
    for program in programs {
        let word = ask(program, arguments).await;
        if word != Word::Missing {
            return word;
        }
    }
    Word::Missing
}

fn first_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}
