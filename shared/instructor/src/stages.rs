//! The exercise branches: what a student finds on `lesson/NN-name`, and the way from there to `solution/NN-name`.
//!
//! A lesson's branch has what is needed for that lesson alone, so that a change of one lesson moves no branch of another.
//! It has no solution of its lesson, nor of a later one.

mod lock;
mod manifest;
mod originals;
mod readme;
mod solution;
mod text;
mod texts;

use std::path::Path;

use anyhow::{Context, Result};
use lab::course::manifest::Manifest;
use lab::course::{Course, FINISHED_SHOP, Kind, Lesson, Program, stage};

use crate::repository::{Branch, Commit, File, Files};
use crate::starters;

use text::text;

/// What each branch has, as far as it is no crate and no page of the documentation. Folders end with a slash.
const PARTS: [&str; 18] = [
    ".cargo/",
    ".devcontainer/",
    ".dockerignore",
    ".env",
    ".gitattributes",
    ".gitignore",
    "Dockerfile",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "alertmanager/",
    "clippy.toml",
    "docker-compose.light.yml",
    "docker-compose.yml",
    "grafana/",
    "postgres/",
    "prometheus/",
    "pushgateway/",
    "rustfmt.toml",
];

/// The crates that each branch has.
const CRATES: [&str; 5] = ["shared/checks/", "shared/exposition/", "shared/lab/", "shared/shop/", "shared/summary/"];

/// What of them it has not: the originals are those of all lessons, and the tests of `cargo lab` need the whole course.
const LEFT_OUT: [&str; 3] = ["shared/lab/originals.txt", "shared/lab/originals/", "shared/lab/tests/"];

/// What has to be committed, since the branches are made of it.
pub const SOURCES: [&str; 8] =
    ["Cargo.lock", "Cargo.toml", "docs/src", "lessons", "prometheus", "shared/course/steps", "shared/lab", "solutions"];

/// The branches of a lesson.
#[derive(Debug)]
pub struct Stage {
    /// Where a student begins.
    pub lesson: Branch,
    /// The same, with a commit for each step.
    pub solution: Branch,
}

/// All that has to be committed as it is, in the folder of the course.
pub fn sources() -> Vec<&'static str> {
    PARTS.iter().chain(&CRATES).chain(&SOURCES).map(|part| part.trim_end_matches('/')).collect()
}

/// The branches of a lesson, made of what is committed of the course. Cargo works in a scratch folder.
///
/// # Errors
///
/// When the course is not sound, so that its steps do not lead to the solution, or cargo fails.
pub fn stage(course: &Course, committed: &Files, lesson: &Lesson, scratch: &Path) -> Result<Stage> {
    let manifest = Manifest::read(course, lesson).map_err(|problem| anyhow::anyhow!(problem.message))?;
    let files = files(course, committed, lesson, &manifest, scratch)?;
    let number = lesson.number();
    let body = format!(
        "{}\n\n`cargo lab check {number}` says what is to be done. The way to the solution is on the branch\n{}.",
        manifest.question,
        stage::solution_branch(lesson)
    );
    let start = Commit { title: format!("Lesson {number}: {}", manifest.title), body, files };
    let name = stage::lesson_branch(lesson);
    let steps = solution::steps(course, committed, lesson, &manifest)?;
    let solution = Branch { name: stage::solution_branch(lesson), from: Some(name.clone()), commits: steps };
    Ok(Stage { lesson: Branch { name, from: None, commits: vec![start] }, solution })
}

/// The files of a lesson's branch.
fn files(course: &Course, committed: &Files, lesson: &Lesson, manifest: &Manifest, scratch: &Path) -> Result<Files> {
    let own = format!("lessons/{}/", lesson.name());
    let is_there = |path: &str| is_shared(path) || path.starts_with(&own);
    let kept = committed.iter().filter(|(path, _)| is_there(path));
    let mut files: Files = kept.map(|(path, file)| (path.clone(), file.clone())).collect();
    if Kind::of(lesson) != Kind::Shop {
        files.extend(finished_shop(course, committed, lesson)?);
    }
    files.insert("README.md".to_owned(), File::plain(readme::text(lesson, manifest)));
    texts::add_pages(&mut files, committed, &own)?;
    texts::unlink(&mut files)?;
    originals::add(&mut files, &own);
    let workspace = manifest::workspace(text(committed, "Cargo.toml")?, &files)?;
    files.insert("Cargo.toml".to_owned(), File::plain(workspace));
    let lock = lock::pruned(&files, text(committed, "Cargo.lock")?, scratch)?;
    files.insert("Cargo.lock".to_owned(), File::plain(lock));
    Ok(files)
}

fn is_shared(path: &str) -> bool {
    let is_in = |part: &&str| path == *part || part.ends_with('/') && path.starts_with(*part);
    PARTS.iter().chain(&CRATES).any(&is_in) && !LEFT_OUT.iter().any(is_in)
}

/// The shop of the lessons before, finished: the lessons on other programs run it beside them. It keeps the name of its
/// package, by which the stack in Docker builds it.
fn finished_shop(course: &Course, committed: &Files, lesson: &Lesson) -> Result<Files> {
    let shop = starters::shop_before(course, lesson).context("no lesson about the shop comes before it")?;
    let folder = Program { lesson: shop.clone(), solution: true }.folder() + "/";
    let of_shop = committed.iter().filter_map(|(path, file)| Some((path.strip_prefix(&folder)?, file)));
    let built = of_shop.filter(|(path, _)| path.starts_with("src/") || ["Cargo.toml", "lesson.toml"].contains(path));
    Ok(built.map(|(path, file)| (format!("{FINISHED_SHOP}/{path}"), file.clone())).collect())
}
