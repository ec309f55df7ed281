//! The words on the screen: colours where a terminal takes them, plain text everywhere else, and never wider than
//! 80 columns, but for what others wrote.

use std::fmt::Display;
use std::io::Write;
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use checks::Failure;
use serde::Serialize;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::marks::{self, Mark};
use crate::problem::Problem;

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
    // Paths and metrics stay whole, so that they can be copied.
    let options = Options::new(width)
        .initial_indent(first)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
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
    block(heading, &wrapped("  ", text));
}

/// A heading with lines under it.
pub fn block(heading: &str, lines: &str) {
    line(format!("\n{}\n{lines}", styled(HEADING, heading)));
}

/// Why an app does not pass a check: headings, and what stands under each.
pub fn explanation(failure: &Failure) -> [(&'static str, String); 5] {
    [
        ("What to do", wrapped("  ", &failure.change)),
        ("Expected", wrapped("  ", &failure.expected)),
        ("Seen", marked(failure)),
        ("What this usually is", wrapped("  ", &failure.mistake)),
        ("Why it matters", wrapped("  ", &failure.why)),
    ]
}

/// Why an app does not pass a check.
pub fn failure(failure: &Failure) {
    for (heading, text) in explanation(failure) {
        block(heading, &text);
    }
}

/// The lines that were seen, with what is wrong or missing marked.
fn marked(failure: &Failure) -> String {
    let seen = failure.seen.iter().map(String::as_str);
    match marks::find(&failure.expected, &failure.seen) {
        None => quoted(seen),
        Some(Mark::Missing(line)) => {
            format!("{}\n  {}", quoted(seen), styled(GOOD, format!("+ {line}    <- missing")))
        }
        Some(Mark::Differs { line, ranges, expected }) => {
            let underlined = |(index, text): (usize, &String)| match index == line {
                true => format!("{text}\n{}", styled(BAD, underline(text, &ranges, &expected))),
                false => text.clone(),
            };
            let lines: Vec<_> = failure.seen.iter().enumerate().map(underlined).collect();
            quoted(lines.iter().flat_map(|line| line.lines()))
        }
    }
}

/// Carets below what is wrong, at these bytes of a line, and behind them what belongs there.
pub fn underline(text: &str, ranges: &[Range<usize>], expected: &str) -> String {
    let mut carets = String::new();
    for range in ranges {
        let columns = |end: usize| text.get(..end).map_or(end, textwrap::core::display_width);
        let start = columns(range.start);
        carets.push_str(&" ".repeat(start.saturating_sub(carets.len())));
        carets.push_str(&"^".repeat((columns(range.end) - start).max(1)));
    }
    if expected.is_empty() { carets } else { format!("{carets} expected: {expected}") }
}

/// Something to know beside the answer, in sentences.
pub fn warning(text: &str) {
    note(wrapped(&format!("{}: ", styled(UNKNOWN, "note")), text));
}

/// Why a command cannot go on.
pub fn problem(problem: &Problem) {
    note(problem_text(problem));
}

/// The same as text.
pub fn problem_text(problem: &Problem) -> String {
    let mut text = wrapped(&format!("{}: ", styled(BAD, "error")), &problem.message);
    if !problem.quoted.is_empty() {
        text += &format!("\n\n{}", quoted(problem.quoted.trim_end().lines()));
    }
    if !problem.advice.is_empty() {
        text += &format!("\n\n{}", wrapped("", &problem.advice));
    }
    text
}
