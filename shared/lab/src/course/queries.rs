//! What a lesson asks Prometheus: the queries of its README.

use std::collections::BTreeSet;
use std::fs;

use super::{Course, Lesson, blocks};

/// Words that are in many queries, and in many sentences that are not about them.
const COMMON: [&str; 4] = ["by", "count", "sum", "time"];

/// The queries of a lesson. A README that is gone has none.
pub fn of(course: &Course, lesson: &Lesson) -> Vec<String> {
    let readme = course.root().join("lessons").join(lesson.name()).join("README.md");
    let text = fs::read_to_string(readme).unwrap_or_default();
    blocks::of(&text, "promql").into_iter().map(|query| query.trim().to_owned()).collect()
}

/// The query that has the most words in common with a sentence; the first of those, since a lesson begins with the
/// simplest.
pub fn about(course: &Course, lesson: &Lesson, sentence: &str) -> Option<String> {
    let wanted = words(sentence);
    let in_common = |query: &String| words(query).intersection(&wanted).count();
    // Of equal ones, this takes the last.
    of(course, lesson).into_iter().rev().max_by_key(in_common)
}

/// The words of a sentence or a query, without an `s` at their end.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
    let words = words.filter(|word| !word.is_empty() && !COMMON.contains(&word.as_str()));
    words.map(|word| word.strip_suffix('s').map_or(word.clone(), str::to_owned)).collect()
}
