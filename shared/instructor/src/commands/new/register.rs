//! Where a new lesson is named: the list of checks, the stacks of Compose, the table of lines, and the plan of a class.

use std::fs;
use std::path::Path;

use lab::problem::{Problem, Result};

use super::name::Name;
use super::skeleton::MINUTES;

const COMPOSE: &str = include_str!("templates/compose.yml");

/// How a text looks with a new lesson in it. None where it has no place for one.
type Addition = fn(&str, &Name) -> Option<String>;

/// A file that names each lesson.
pub(super) struct Change {
    /// In the folder of the course.
    pub(super) path: &'static str,
    pub(super) before: String,
    /// With the new lesson in it.
    pub(super) after: String,
}

/// The files that name each lesson, with the new one in them.
///
/// # Errors
///
/// When one cannot be read, or has no place for the lesson.
pub(super) fn changes(root: &Path, name: &Name) -> Result<Vec<Change>> {
    let files: [(&str, Addition); 4] = [
        ("shared/checks/src/lessons.rs", with_checks),
        ("docker-compose.yml", with_stacks),
        ("docs/src/measurements.md", with_lines),
        ("docs/src/instructor.md", with_minutes),
    ];
    let change = |(path, add): (&'static str, Addition)| {
        let before = fs::read_to_string(root.join(path));
        let before = before.map_err(|error| Problem::new(format!("{path} cannot be read: {error}")))?;
        let after = add(&before, name).ok_or_else(|| {
            Problem::new(format!("{path} has no place for a new lesson any more"))
                .advice("It does not look as this command knows it. Nothing was written.")
        })?;
        Ok(Change { path, before, after })
    };
    files.into_iter().map(change).collect()
}

/// A module more, in the order of their names, and its checks behind those of the other lessons.
fn with_checks(text: &str, name: &Name) -> Option<String> {
    let module = format!("mod {};", name.module());
    let mut modules = text.lines().filter(|line| unexported(line).starts_with("mod "));
    let last = modules.clone().next_back()?;
    let text = match modules.find(|line| unexported(line) > module.as_str()) {
        Some(later) => text.replacen(later, &format!("{module}\n{later}"), 1),
        None => text.replacen(last, &format!("{last}\n{module}"), 1),
    };
    let (before, after) = text.split_once("::CHECKS,\n    ];")?;
    Some(format!("{before}::CHECKS,\n        {}::CHECKS,\n    ];{after}", name.module()))
}

/// Two stacks more, behind the last that has the shop and nothing else: before the blank line that ends it.
fn with_stacks(text: &str, name: &Name) -> Option<String> {
    let stacks = COMPOSE.replace("{number}", name.number()).replace("{name}", &name.whole());
    let (last, _) = text.match_indices("\n  solution-").filter(|(start, _)| is_shop(&text[start + 1..])).last()?;
    let end = last + text[last..].find("\n\n")? + 1;
    Some(format!("{}{stacks}{}", &text[..end], &text[end..]))
}

fn unexported(line: &str) -> &str {
    line.strip_prefix("pub ").unwrap_or(line)
}

fn is_shop(service: &str) -> bool {
    service.lines().nth(1).is_some_and(|line| line.trim() == "<<: *shop")
}

fn with_lines(text: &str, name: &Name) -> Option<String> {
    with_row(text, "lines", &format!("| `{}` | 0 | 0 | 40 |", name.whole()))
}

fn with_minutes(text: &str, name: &Name) -> Option<String> {
    with_row(text, "minutes", &format!("| `{}` | {MINUTES} | | |", name.whole()))
}

/// A row more in the table between the marks of this name.
fn with_row(text: &str, table: &str, row: &str) -> Option<String> {
    let end = format!("\n\n<!-- {table}: end -->");
    let (before, after) = text.split_once(&end)?;
    Some(format!("{before}\n{row}{end}{after}"))
}
