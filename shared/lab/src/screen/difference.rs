//! What an edit changes.

use similar::{ChangeTag, TextDiff};

use super::report::{self, ASIDE, BAD, GOOD, HEADING, styled};

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

/// Shows how many lines of each file change.
pub fn summarize(edits: &[Edit]) {
    let width = edits.iter().map(|edit| edit.path.len()).max().unwrap_or_default();
    let (mut added, mut removed) = (0, 0);
    for edit in edits {
        let Some((before, after)) = edit.texts() else {
            report::line(format!("  {:width$}  not a text{}", edit.path, edit.fate()));
            continue;
        };
        let diff = TextDiff::from_lines(&before, &after);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        let (more, less) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
        (added, removed) = (added + more, removed + less);
        report::line(format!("  {:width$}  {}{}", edit.path, lines(more, less), edit.fate()));
    }
    let files = if edits.len() == 1 { "1 file changes".to_owned() } else { format!("{} files change", edits.len()) };
    report::line(format!("{files}: {} lines", lines(added, removed)));
}

fn lines(added: usize, removed: usize) -> String {
    format!("{} {}", styled(GOOD, format!("+{added}")), styled(BAD, format!("-{removed}")))
}

/// Shows each line that changes, with a few around it.
pub fn show(edits: &[Edit]) {
    for edit in edits {
        report::line(format!("\n{}", styled(HEADING, format!("{}{}", edit.path, edit.fate()))));
        let Some((before, after)) = edit.texts() else {
            report::line("  not a text");
            continue;
        };
        let diff = TextDiff::from_lines(&before, &after);
        for line in diff.unified_diff().context_radius(2).to_string().lines() {
            report::line(coloured(line));
        }
    }
}

impl Edit {
    fn fate(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "  (comes)",
            (_, None) => "  (goes)",
            _ => "",
        }
    }

    /// Before and after, if both are texts. A file that is not there has none.
    fn texts(&self) -> Option<(String, String)> {
        let text = |content: &Option<Vec<u8>>| String::from_utf8(content.clone().unwrap_or_default()).ok();
        Some((text(&self.before)?, text(&self.after)?))
    }
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
