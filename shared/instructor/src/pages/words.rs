//! Lists and labels in a sentence.

use std::collections::BTreeSet;

use checks::exposition::Labels;

/// Labels, as a page shows them.
pub(super) fn labels(labels: &Labels) -> String {
    let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", labels.join(","))
}

/// The first few of these, and how many there are besides.
pub(super) fn list(items: &BTreeSet<String>, most: usize, joined_by: &str) -> String {
    let rest = items.len().saturating_sub(most);
    let mut shown: Vec<_> = items.iter().take(most).map(|item| format!("`{item}`")).collect();
    match rest {
        0 => {}
        1 => shown.push("1 other".to_owned()),
        _ => shown.push(format!("{rest} others")),
    }
    match shown.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} {joined_by} {last}", before.join(", ")),
        _ => shown.concat(),
    }
}

/// Bounds, or that there are none.
pub(super) fn numbers(numbers: &[f64]) -> String {
    if numbers.is_empty() {
        return "none".to_owned();
    }
    numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}

/// So many series.
pub(super) fn series(count: usize) -> String {
    match count {
        0 => "no series".to_owned(),
        1 => "1 series".to_owned(),
        _ => format!("{count} series"),
    }
}
