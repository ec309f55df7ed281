//! What a program said before it ended.

/// The most lines of an error and its causes.
const MOST_LINES: usize = 12;
/// The most lines of a program that named no error.
const LAST_LINES: usize = 6;

/// The error that ended a program, with its causes, from the log of that program; its last lines if there is none. The
/// frames of a backtrace are left out: there are dozens, and the reason stands above them.
pub fn of(log: &str) -> String {
    let lines = without_backtraces(log);
    let shown = match lines.iter().rposition(|line| is_error(line)) {
        Some(error) => &lines[error..lines.len().min(error + MOST_LINES)],
        None => &lines[lines.len().saturating_sub(LAST_LINES)..],
    };
    shown.join("\n").trim_end().to_owned()
}

/// What Rust writes when `main` returns an error, and when a thread panics.
fn is_error(line: &str) -> bool {
    line.starts_with("Error: ") || line.starts_with("thread '") && line.contains("panicked at ")
}

fn without_backtraces(log: &str) -> Vec<&str> {
    let mut in_backtrace = false;
    let is_kept = |line: &&str| {
        in_backtrace = is_heading(line) || in_backtrace && is_frame(line);
        !in_backtrace
    };
    log.lines().filter(is_kept).collect()
}

fn is_heading(line: &str) -> bool {
    line.trim().eq_ignore_ascii_case("stack backtrace:")
}

/// Such as `4: shop::main`, and below it `at ./src/main.rs:12:5`. The causes of an error have numbers, too, but stand
/// above the backtrace.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    let is_numbered = line.split_once(": ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    is_numbered || line.starts_with("at ") || line.starts_with("note: Some details are omitted")
}
