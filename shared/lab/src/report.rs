//! The words on the screen: colours where a terminal takes them, plain text everywhere else, and never wider than
//! 80 columns, but for what others wrote.

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use checks::Failure;
use serde::Serialize;
use textwrap::Options;

use crate::problem::Problem;
use crate::state::Notice;

/// The most columns.
const WIDTH: usize = 80;

/// For a heading.
pub const HEADING: Style = Style::new().bold();
/// For what is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// For what is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// For what nobody knows.
pub const UNKNOWN: Style = AnsiColor::Yellow.on_default().bold();
/// For what stands aside.
pub const ASIDE: Style = Style::new().dimmed();

/// A line on standard output.
pub fn line(text: impl Display) {
    // When nobody reads any more, the exit code still tells how it ended.
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// A line on standard error, for what is not the answer itself.
pub fn note(text: impl Display) {
    // As above.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// An object on standard output, for a tool.
pub fn json(object: &impl Serialize) {
    // It has no key that is not text, so that it can always be written.
    line(serde_json::to_string_pretty(object).unwrap_or_default());
}

/// Text with a style.
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Sentences, wrapped, with their first line after `first` and the others after as many spaces.
pub fn wrapped(first: &str, text: &str) -> String {
    let indent = " ".repeat(textwrap::core::display_width(first));
    let width = textwrap::termwidth().min(WIDTH);
    let options = Options::new(width).initial_indent(first).subsequent_indent(&indent).break_words(false);
    textwrap::fill(text, options)
}

/// Somebody else's lines, marked as such and left as they are.
pub fn quoted<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mark = styled(ASIDE, "|");
    let lines: Vec<_> = lines.into_iter().map(|line| format!("  {mark} {line}")).collect();
    lines.join("\n")
}

/// A heading with sentences under it.
pub fn section(heading: &str, text: &str) {
    line(format!("\n{}\n{}", styled(HEADING, heading), wrapped("  ", text)));
}

/// Why an app does not pass a check.
pub fn failure(failure: &Failure) {
    section("What to do", &failure.change);
    section("Expected", &failure.expected);
    line(format!("\n{}\n{}", styled(HEADING, "Seen"), quoted(failure.seen.iter().map(String::as_str))));
    section("What this usually is", &failure.mistake);
    section("Why it matters", &failure.why);
}

/// Something about the record of a student's progress.
pub fn notice(notice: Option<&Notice>) {
    if let Some(notice) = notice {
        warning(&notice.to_string());
    }
}

/// Something to know beside the answer, in sentences.
pub fn warning(text: &str) {
    note(wrapped(&format!("{}: ", styled(UNKNOWN, "note")), text));
}

/// Why a command cannot go on.
pub fn problem(problem: &Problem) {
    note(wrapped(&format!("{}: ", styled(BAD, "error")), &problem.message));
    if !problem.quoted.is_empty() {
        note(format!("\n{}", quoted(problem.quoted.trim_end().lines())));
    }
    if !problem.advice.is_empty() {
        note(format!("\n{}", wrapped("", &problem.advice)));
    }
}
