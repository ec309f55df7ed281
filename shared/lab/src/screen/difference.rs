//! What an edit changes, line by line.

use similar::{ChangeTag, TextDiff};

use super::report::{self, ASIDE, BAD, GOOD, HEADING, styled};

/// The most lines of a file's diff that are shown. A longer one is only counted.
const MOST_LINES: usize = 60;

/// A file that changes.
#[derive(Debug)]
pub struct Edit {
    /// Its path in the folder of the course.
    pub path: String,
    /// What it is now; none if it is not there.
    pub before: Option<Vec<u8>>,
    /// What it becomes; none if it goes.
    pub after: Option<Vec<u8>>,
}

/// Shows what each edit changes.
pub fn show(edits: &[Edit]) {
    for edit in edits {
        report::line(styled(HEADING, format!("{}{}", edit.path, fate(edit))));
        report::line(body(edit));
    }
}

fn fate(edit: &Edit) -> &'static str {
    match (&edit.before, &edit.after) {
        (None, _) => " (comes back)",
        (_, None) => " (goes)",
        _ => "",
    }
}

fn body(edit: &Edit) -> String {
    let [before, after] =
        [&edit.before, &edit.after].map(|content| String::from_utf8(content.clone().unwrap_or_default()));
    let (Ok(before), Ok(after)) = (before, after) else { return "  not a text".to_owned() };
    let diff = TextDiff::from_lines(&before, &after);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let (removed, added) = (count(ChangeTag::Delete), count(ChangeTag::Insert));
    let text = diff.unified_diff().context_radius(2).to_string();
    if edit.before.is_none() || edit.after.is_none() || text.lines().count() > MOST_LINES {
        return format!("  {} {}", styled(GOOD, format!("+{added}")), styled(BAD, format!("-{removed}")));
    }
    let lines: Vec<_> = text.lines().map(coloured).collect();
    lines.join("\n")
}

fn coloured(line: &str) -> String {
    let style = match line.as_bytes().first() {
        Some(b'+') => GOOD,
        Some(b'-') => BAD,
        Some(b'@') => ASIDE,
        _ => return format!("  {line}"),
    };
    format!("  {}", styled(style, line))
}
