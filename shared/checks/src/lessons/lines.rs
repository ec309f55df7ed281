//! What an explanation shows of a page, and what has moved since another.

use std::cmp::Reverse;

use exposition::{Family, Page};

/// What a page offers, when it lacks what was looked for: the names that begin alike come first.
pub(super) fn type_lines(page: &Page, name: &str) -> Vec<String> {
    let alike = |family: &&Family| name.bytes().zip(family.name.bytes()).take_while(|(a, b)| a == b).count();
    let mut families: Vec<_> = page.families.iter().collect();
    families.sort_by_key(|family| Reverse(alike(family)));
    let lines: Vec<_> =
        families.iter().map(|family| format!("# TYPE {} {}", family.name, family.metric_type)).collect();
    if lines.is_empty() { vec!["a page without any metric".into()] } else { lines }
}

/// The lines of a family, or word that there is none.
pub(super) fn family_lines(page: &Page, name: &str) -> Vec<String> {
    match page.family(name) {
        Some(family) => family.lines().map(str::to_owned).collect(),
        None => vec![format!("no metric `{name}`")],
    }
}

/// The lines of this name that differ between two pages.
pub(super) fn moved_lines(before: &Page, after: &Page, name: &str) -> Vec<String> {
    let stays = |line: &str| before.samples().any(|sample| sample.line == line);
    after.series(name).filter(|sample| !stays(&sample.line)).map(|sample| sample.line.clone()).collect()
}

/// By how much the sum of all series with these labels rose.
pub(super) fn rise(before: &Page, after: &Page, name: &str, labels: &[(&str, &str)]) -> f64 {
    after.sum(name, labels) - before.sum(name, labels)
}
