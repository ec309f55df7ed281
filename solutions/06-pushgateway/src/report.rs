//! What the job says. A reader that has gone away is no reason to fail: the work counts.

use std::fmt::Display;
use std::io::{self, Write};

/// A line of the result, on standard output.
pub(crate) fn result(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line about something that went wrong, on standard error.
pub(crate) fn problem(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// An error and its causes, on one line. Some libraries' errors quote their cause themselves; then once is enough.
pub(crate) fn with_causes(error: &anyhow::Error) -> String {
    let causes = error.chain().skip(1).map(ToString::to_string);
    causes.fold(error.to_string(), |line, cause| if line.contains(&cause) { line } else { format!("{line}: {cause}") })
}
