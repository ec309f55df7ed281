//! What is wrong in the lines of a page, or missing from them.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// From how similar two names have to be to be taken for the same metric: 0 is nothing alike, 1 the same.
const SIMILAR: f64 = 0.8;
/// What an expected line has in the place of a label's value that does not matter.
const ANY: &str = "\"...\"";

/// How lines of a page differ from the expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// This line is nearest to it, and differs in these bytes.
    Differs {
        /// Its index.
        line: usize,
        /// What is wrong; an empty range is a place where something is missing.
        ranges: Vec<Range<usize>>,
        /// What belongs in the place of the first range.
        expected: String,
    },
    /// None is like it: this line is missing.
    Missing(String),
}

/// Looks for the expected line, which may have words behind it (`pg_up 0, when the database is down`), or words in the
/// place of its value (`carts_total{kind="full"} rises by 1`). Nothing to mark if what is expected is no line of a page.
pub fn find(expected: &str, seen: &[String]) -> Option<Mark> {
    if let Some((series, words)) = value_in_words(expected) {
        return match nearest(series, seen)? {
            None => Some(Mark::Missing(expected.to_owned())),
            Some((index, line)) => differs_in_words(index, series, words, line),
        };
    }
    let expected = expected.split_once(", ").map_or(expected, |(line, _)| line);
    match nearest(expected, seen)? {
        None => Some(Mark::Missing(expected.to_owned())),
        Some((index, line)) => differs(index, expected, line),
    }
}

/// The line that is most like the expected one, if any is like it; nothing at all if that is no line of a page.
fn nearest<'a>(expected: &str, seen: &'a [String]) -> Option<Option<(usize, &'a str)>> {
    let name = metric(expected)?;
    // A line above the samples is no sample, and says nothing about one that is missing.
    let is_of_its_kind = |line: &str| keyword(line) == keyword(expected);
    let alike = |line: &str| metric(line).filter(|_| is_of_its_kind(line)).map_or(0.0, |other| similarity(name, other));
    let rank = |line: &str| alike(line) + equal_tokens(expected, line);
    let lines = seen.iter().map(String::as_str).enumerate().filter(|(_, line)| alike(line) > SIMILAR);
    Some(lines.max_by(|one, other| rank(one.1).total_cmp(&rank(other.1))))
}

/// A series with its labels, and the words that stand where its value would.
fn value_in_words(expected: &str) -> Option<(&str, &str)> {
    const END_OF_LABELS: &str = "\"}";
    let (series, words) = expected.split_at(expected.find(END_OF_LABELS)? + END_OF_LABELS.len());
    let words = words.strip_prefix(':').unwrap_or(words).strip_prefix(' ')?;
    let is_value = words.split([' ', ',', ':']).next()?.parse::<f64>().is_ok();
    (!is_value).then_some((series, words))
}

/// A name that lacks its end, or has another one behind it, is taken for the same.
fn similarity(name: &str, other: &str) -> f64 {
    if name.starts_with(other) || other.starts_with(name) {
        return 1.0;
    }
    strsim::normalized_levenshtein(name, other)
}

/// `# TYPE` or `# HELP`; none for a sample.
fn keyword(line: &str) -> Option<&str> {
    ["# TYPE", "# HELP"].into_iter().find(|keyword| line.starts_with(keyword))
}

/// The name of the metric in a line of a page, if it is one.
fn metric(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("# TYPE ").or_else(|| line.strip_prefix("# HELP "));
    if let Some(rest) = rest {
        return rest.split(' ').next();
    }
    let end = line.find(|char: char| !is_name(char)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let is_line = rest.starts_with('{') || rest.strip_prefix(' ').is_some_and(|value| value.parse::<f64>().is_ok());
    (name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_') && is_line).then_some(name)
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || "_:.".contains(char)
}

/// Names, numbers and what is in quotes are one token each, and so is every other character.
fn tokens(line: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => rest[1..].find('"').map(|quote| quote + 2),
            _ => rest.find(|char| !is_name(char)),
        };
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()).max(first.len_utf8()));
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Writes the line's own value for each label whose value does not matter.
fn fill(expected: &str, line: &str) -> String {
    let (wanted, found) = (tokens(expected), tokens(line));
    let value = |label: &str| found.windows(3).find(|part| part[0] == label && part[1] == "=").map(|part| part[2]);
    let filled =
        wanted.iter().enumerate().map(|(index, token)| match index.checked_sub(2).and_then(|at| wanted.get(at)) {
            Some(label) if *token == ANY => value(label).unwrap_or(token),
            _ => token,
        });
    filled.collect()
}

/// The labels of a line in the order of their names, as most libraries write them.
fn sorted(line: &str) -> Option<String> {
    let (name, rest) = line.split_once('{')?;
    let (labels, value) = rest.rsplit_once('}')?;
    let mut labels: Vec<_> = labels.split(',').collect();
    labels.sort_unstable();
    Some(format!("{name}{{{}}}{value}", labels.join(",")))
}

/// The expected line with its labels in the order in which the other line has them.
fn in_its_order(expected: &str, line: &str) -> String {
    let as_written = fill(expected, line);
    match sorted(&as_written) {
        Some(sorted) if share(&sorted, line) > share(&as_written, line) => sorted,
        _ => as_written,
    }
}

/// The share of tokens that two lines have in common, whatever the order of the labels.
fn equal_tokens(expected: &str, line: &str) -> f64 {
    share(&in_its_order(expected, line), line)
}

fn share(expected: &str, line: &str) -> f64 {
    let (expected, line) = (tokens(expected), tokens(line));
    let operations = capture_diff_slices(Algorithm::Myers, &expected, &line);
    f64::from(similar::diff_ratio(&operations, expected.len(), line.len()))
}

fn differs(index: usize, expected: &str, line: &str) -> Option<Mark> {
    let ordered = in_its_order(expected, line);
    let (wanted, found) = (tokens(&ordered), tokens(line));
    let operations = capture_diff_slices(Algorithm::Myers, &wanted, &found);
    let is_wrong =
        |operation: &&DiffOp| !matches!(operation, DiffOp::Equal { .. }) && !is_any_value(&wanted, &found, operation);
    let wrong: Vec<_> = operations.iter().filter(is_wrong).collect();
    let first = wrong.first()?;
    if is_another_series(&wanted, &wrong) {
        return Some(Mark::Missing(expected.to_owned()));
    }
    let length = |tokens: &[&str]| tokens.iter().map(|token| token.len()).sum::<usize>();
    let bytes = |range: Range<usize>| length(&found[..range.start])..length(&found[..range.end]);
    let ranges = wrong.iter().map(|operation| bytes(operation.new_range())).collect();
    Some(Mark::Differs { line: index, ranges, expected: wanted[first.old_range()].concat() })
}

/// Marks the value, which the words are about, if the series is the one that they name.
fn differs_in_words(index: usize, series: &str, words: &str, line: &str) -> Option<Mark> {
    let (seen, value) = line.rsplit_once(' ')?;
    match differs(index, series, seen) {
        None => {
            let value = line.len() - value.len()..line.len();
            Some(Mark::Differs { line: index, ranges: vec![value; 1], expected: words.to_owned() })
        }
        // The line has more labels, so that the words are about several lines together.
        Some(Mark::Differs { expected, .. }) if expected.is_empty() => None,
        Some(Mark::Missing(_)) => Some(Mark::Missing(format!("{series} {words}"))),
        differs => differs,
    }
}

/// Whether only a label's value differs, and that may be any: its label has another name.
fn is_any_value(wanted: &[&str], found: &[&str], operation: &DiffOp) -> bool {
    let is_value = |token: &&str| token.starts_with('"');
    wanted[operation.old_range()] == [ANY] && matches!(&found[operation.new_range()], [token] if is_value(token))
}

/// Whether a label has another value: then the line may be right as it is, and another one is missing.
fn is_another_series(wanted: &[&str], wrong: &[&DiffOp]) -> bool {
    let is_label_value = |token: &&str| token.starts_with('"') && *token != ANY;
    wrong.iter().any(|operation| {
        matches!(operation, DiffOp::Replace { .. }) && wanted[operation.old_range()].iter().any(is_label_value)
    })
}
