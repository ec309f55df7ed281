//! What an explanation shows of the exporter: lines of its page and of its log.

use exposition::Page;

use crate::subject::exporter::Exporter;

/// How many lines of the program's log an explanation shows.
const LOG_LINES: usize = 3;

/// What the program has complained about last, if it has.
pub(super) fn last_log_lines(exporter: &Exporter) -> Vec<String> {
    log_lines(exporter, "")
}

/// What it has complained about last, of what these words name.
pub(super) fn log_lines(exporter: &Exporter, words: &str) -> Vec<String> {
    let log = exporter.running.log();
    let is_complaint = |line: &&str| (line.contains("WARN") || line.contains("ERROR")) && line.contains(words);
    let lines: Vec<_> = log.lines().filter(is_complaint).map(|line| format!("log: {line}")).collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].to_vec()
}

/// The lines of some series, or word that there is none.
pub(super) fn lines(page: &Page, name: &str, labels: &[(&str, &str)]) -> Vec<String> {
    let lines: Vec<_> = page.matching(name, labels).map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { vec![format!("no series {}", series(name, labels))] } else { lines }
}

/// A series as a page has it.
pub(super) fn series(name: &str, labels: &[(&str, &str)]) -> String {
    let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
    if labels.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", labels.join(",")) }
}
