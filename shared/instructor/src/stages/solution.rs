//! The way to the solution: a commit for each step.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use lab::course::manifest::Manifest;
use lab::course::{Course, Lesson, Program};

use crate::repository::{Commit, File, Files};
use crate::steps::Walk;

/// The commits, one for each step of the lesson. The last one ends in the solution.
pub(super) fn steps(course: &Course, committed: &Files, lesson: &Lesson, manifest: &Manifest) -> Result<Vec<Commit>> {
    let walk = Walk::read(course.root(), lesson.name())?;
    let [own, solution] = Program::both(lesson);
    let mut crate_files = code(committed, &own)?;
    let mut commits = Vec::new();
    for (index, (step, written)) in walk.steps.iter().zip(&manifest.steps).enumerate() {
        let before = crate_files.clone();
        let context = || format!("the step {} of {} does not fit those before it", step.check, lesson.name());
        step.edits.iter().try_for_each(|edit| edit.apply(&mut crate_files)).with_context(context)?;
        let changed = crate_files.iter().filter(|(path, text)| before.get(*path) != Some(*text));
        let files: Files = changed.map(|(path, text)| changed_file(committed, &own, path, text)).collect();
        let (number, count, lesson) = (index + 1, walk.steps.len(), lesson.number());
        let nothing =
            if files.is_empty() { "\n\nNothing is left to change for it: the steps before have done it." } else { "" };
        let body = format!("Step {number} of {count} of lesson {lesson}. `{}` is its check.{nothing}", step.check);
        commits.push(Commit { title: written.title.clone(), body, files });
    }
    let solved = code(committed, &solution)?;
    ensure!(
        ends_in(&crate_files, &solved, &own, &solution),
        "the steps of {} do not lead to its solution, as it is committed",
        lesson.name()
    );
    Ok(commits)
}

fn changed_file(committed: &Files, own: &Program, path: &std::path::Path, text: &str) -> (String, File) {
    let path = format!("{}/{}", own.folder(), path.display());
    let mode = committed.get(&path).map_or_else(|| File::plain("").mode, |file| file.mode.clone());
    (path, File { mode, content: text.into() })
}

/// Manifest and sources of a program's crate.
fn code(committed: &Files, program: &Program) -> Result<BTreeMap<PathBuf, String>> {
    let folder = program.folder() + "/";
    let files = committed.iter().filter_map(|(path, file)| Some((path.strip_prefix(&folder)?, file)));
    let code = files.filter(|(path, _)| *path == "Cargo.toml" || path.starts_with("src/"));
    let text = |(path, file): (&str, &File)| {
        let text = String::from_utf8(file.content.clone()).with_context(|| format!("{folder}{path} is no UTF-8"))?;
        Ok((PathBuf::from(path), text))
    };
    code.map(text).collect()
}

/// Whether it is the solution, but for the crate's name and the command that runs it.
fn ends_in(
    done: &BTreeMap<PathBuf, String>,
    solved: &BTreeMap<PathBuf, String>,
    own: &Program,
    solution: &Program,
) -> bool {
    let is_same = |(text, expected): (&String, &String)| {
        *text == solution.renamed(own, expected) || *text == solution.renamed_crate(own, expected)
    };
    done.keys().eq(solved.keys()) && done.values().zip(solved.values()).all(is_same)
}
