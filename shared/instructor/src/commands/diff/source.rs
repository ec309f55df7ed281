//! What the code of two sides differs in.

use std::collections::BTreeSet;

use lab::screen::visible::visible;
use similar::{ChangeTag, DiffOp, InlineChange, TextDiff};

use super::sides::Sides;

/// How many lines that are the same stand around those that differ.
const AROUND: usize = 3;

/// A file that differs.
#[derive(Debug)]
pub(super) struct FileDifference {
    /// Its path in the crate.
    pub(super) path: String,
    pub(super) fate: Fate,
    pub(super) hunks: Vec<Vec<Row>>,
    pub(super) added: usize,
    pub(super) removed: usize,
}

/// Which side has a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Both,
    OnlyOne,
    OnlyOther,
    /// It is no text.
    NoText,
}

/// A line of either side, or of both.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) one: Option<Line>,
    pub(super) other: Option<Line>,
    /// Whether both have the same line.
    pub(super) is_same: bool,
}

/// A line, harmless for the screen.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    /// Its pieces, and whether each is what differs from the line on the other side.
    pub(super) pieces: Vec<(bool, String)>,
}

/// The files that a student was to edit, and all others of the code, where the two sides differ.
pub(super) fn differences(sides: &Sides) -> Vec<FileDifference> {
    let [one, other] = [&sides.one.files, &sides.other.files];
    let in_code = one.keys().chain(other.keys()).filter(|path| path.starts_with("src/"));
    let paths: BTreeSet<_> = in_code.chain(&sides.listed).collect();
    let differing = paths.into_iter().filter(|path| one.get(*path) != other.get(*path));
    differing.filter_map(|path| difference(path, one.get(path), other.get(path))).collect()
}

fn difference(path: &str, one: Option<&Vec<u8>>, other: Option<&Vec<u8>>) -> Option<FileDifference> {
    let fate = match (one, other) {
        (Some(_), None) => Fate::OnlyOne,
        (None, Some(_)) => Fate::OnlyOther,
        _ => Fate::Both,
    };
    let path = visible(path).replace('\n', "\u{240a}");
    let [one, other] = [one, other].map(text);
    let (Some(one), Some(other)) = (one, other) else {
        return Some(FileDifference { path, fate: Fate::NoText, hunks: Vec::new(), added: 0, removed: 0 });
    };
    if one == other && fate == Fate::Both {
        return None;
    }
    let diff = TextDiff::from_lines(&one, &other);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let (added, removed) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
    let hunks = diff.grouped_ops(AROUND).into_iter().map(|ops| ops.iter().flat_map(|op| rows(&diff, op)).collect());
    Some(FileDifference { path, fate, hunks: hunks.collect(), added, removed })
}

/// A file that is not there has no line. On Windows, git may write a file with other line ends than we have.
fn text(content: Option<&Vec<u8>>) -> Option<String> {
    let text = String::from_utf8(content.cloned().unwrap_or_default()).ok()?;
    Some(visible(&text.replace("\r\n", "\n")))
}

/// The lines of a part. Lines that took each other's place stand side by side.
fn rows(diff: &TextDiff<'_, '_, str>, op: &DiffOp) -> Vec<Row> {
    let changes: Vec<_> = diff.iter_inline_changes(op).collect();
    let of = |tag: ChangeTag| changes.iter().filter(move |change| change.tag() == tag);
    let mut rows: Vec<_> = of(ChangeTag::Equal)
        .map(|change| Row {
            one: line(change, change.old_index()),
            other: line(change, change.new_index()),
            is_same: true,
        })
        .collect();
    let mut removed = of(ChangeTag::Delete).map(|change| line(change, change.old_index()));
    let mut added = of(ChangeTag::Insert).map(|change| line(change, change.new_index()));
    loop {
        match (removed.next().flatten(), added.next().flatten()) {
            (None, None) => return rows,
            (one, other) => rows.push(Row { one, other, is_same: false }),
        }
    }
}

fn line(change: &InlineChange<'_, str>, index: Option<usize>) -> Option<Line> {
    let pieces = change.iter_strings_lossy().map(|(differs, piece)| (differs, piece.trim_end_matches('\n').to_owned()));
    Some(Line { number: index? + 1, pieces: pieces.filter(|(_, piece)| !piece.is_empty()).collect() })
}
