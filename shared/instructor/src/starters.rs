//! A lesson starts where the one before it ends, and is the same crate as its solution, unfinished.
//!
//! Each rule is a function: it returns what breaks it, as differences or in words, and nothing if all is well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lab::course::{Course, Kind, Lesson, Program, todo};
use similar::TextDiff;
use walkdir::WalkDir;

/// The files of a crate, or of a part of it, by their path in the crate.
pub type Files = BTreeMap<PathBuf, String>;

/// The parts of a crate that a lesson and its solution share.
pub const SHARED_PARTS: [&str; 4] = ["tests", "lesson.toml", "README.md", "Cargo.toml"];

/// The lesson whose solution this one starts from. The first has none, and neither have the exporter and the batch job,
/// which are programs of their own.
pub fn before<'a>(course: &'a Course, lesson: &Lesson) -> Option<&'a Lesson> {
    course.before(lesson)
}

/// The last lesson about the shop before this one. Its solution is the shop that runs beside a program of its own.
pub fn shop_before<'a>(course: &'a Course, lesson: &Lesson) -> Option<&'a Lesson> {
    course.lessons().iter().rev().find(|other| *other < lesson && Kind::of(other) == Kind::Shop)
}

/// A starter is the solution of the lesson before it plus TODO comments, and nothing else.
///
/// # Errors
///
/// When a file cannot be read.
pub fn start(course: &Course, lesson: &Lesson, before: &Lesson) -> Result<Vec<String>> {
    let starter = Program { lesson: lesson.clone(), solution: false };
    let solution = Program { lesson: before.clone(), solution: true };
    let expected = files(course.root(), &solution, "src")?.into_iter();
    let expected = expected.map(|(path, code)| (path, solution.renamed(&starter, &code))).collect();
    Ok(starter_differences(&expected, &files(course.root(), &starter, "src")?))
}

/// A starter has no metric yet, and names none but in TODO comments.
///
/// # Errors
///
/// When a file cannot be read.
pub fn has_no_metric(course: &Course, lesson: &Lesson) -> Result<Vec<String>> {
    let starter = Program { lesson: lesson.clone(), solution: false };
    let code = without_todo_comments(&files(course.root(), &starter, "src")?).into_iter();
    let metrics = code.filter(|(_, text)| text.contains("prometheus") || text.contains("metric"));
    Ok(metrics.map(|(path, text)| format!("{}:\n{text}", path.display())).collect())
}

/// A solution leaves nothing to do.
///
/// # Errors
///
/// When a file cannot be read.
pub fn end(course: &Course, lesson: &Lesson) -> Result<Vec<String>> {
    let solution = Program { lesson: lesson.clone(), solution: true };
    let unfinished = files(course.root(), &solution, "src")?.into_iter().filter(|(_, text)| text.contains("TODO"));
    Ok(unfinished.map(|(path, _)| format!("{}/{} has a TODO", solution.folder(), path.display())).collect())
}

/// A lesson and its solution have the same files.
///
/// # Errors
///
/// When a folder cannot be read.
pub fn same_files(course: &Course, lesson: &Lesson) -> Result<Vec<String>> {
    let [starter, solution] = Program::both(lesson);
    let [ours, theirs] = [paths(course.root(), &starter)?, paths(course.root(), &solution)?];
    let only = |program: &Program, path: &Path| format!("only {} has {}", program.folder(), path.display());
    let ours_alone = ours.difference(&theirs).map(|path| only(&starter, path));
    let theirs_alone = theirs.difference(&ours).map(|path| only(&solution, path));
    Ok(ours_alone.chain(theirs_alone).collect())
}

/// A part of a lesson and of its solution is the same, but for the crate's own name.
///
/// # Errors
///
/// When a file cannot be read.
pub fn same_part(course: &Course, lesson: &Lesson, part: &str) -> Result<Vec<String>> {
    let [starter, solution] = Program::both(lesson);
    let ours = files(course.root(), &starter, part)?;
    if ours.is_empty() {
        return Ok(vec![format!("{} has no {part}", starter.folder())]);
    }
    let theirs = files(course.root(), &solution, part)?.into_iter();
    let theirs = theirs.map(|(path, text)| (path, solution.renamed_crate(&starter, &text))).collect();
    Ok(differences(&theirs, &ours))
}

/// What a starter has beside the solution before it and TODO comments, and what it lacks. Blank lines don't count,
/// since a comment may be set off by some.
pub fn starter_differences(solution: &Files, starter: &Files) -> Vec<String> {
    let solution = solution.iter().map(|(path, text)| (path.clone(), without_blank_lines(text))).collect();
    let starter = without_todo_comments(starter);
    differences(&solution, &starter)
}

/// A diff for each file that differs, or that one side lacks.
fn differences(expected: &Files, found: &Files) -> Vec<String> {
    let paths: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let differing = paths.into_iter().filter(|path| expected.get(*path) != found.get(*path));
    let differences = differing.map(|path| {
        let [expected, found] = [expected, found].map(|files| files.get(path).map_or("", String::as_str));
        let diff = TextDiff::from_lines(expected, found);
        diff.unified_diff().header("expected", &path.display().to_string()).to_string()
    });
    differences.collect()
}

/// Leaves out each block of comments that begins with `// TODO`, blank lines, and files that have nothing else.
fn without_todo_comments(files: &Files) -> Files {
    let stripped = files.iter().map(|(path, text)| (path.clone(), todo::strip(&without_blank_lines(text))));
    stripped.filter(|(_, text)| !text.is_empty()).collect()
}

fn without_blank_lines(text: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect()
}

/// The files below a part of a program's crate.
///
/// # Errors
///
/// When one cannot be read.
pub fn files(root: &Path, program: &Program, part: &str) -> Result<Files> {
    let folder = root.join(program.folder());
    let parts = paths(root, program)?.into_iter().filter(|path| path.starts_with(part));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(folder.join(&path));
        let text = text.with_context(|| format!("cannot read {}/{}", program.folder(), path.display()))?;
        Ok((path, text))
    };
    parts.map(read).collect()
}

/// The files of a program's crate.
fn paths(root: &Path, program: &Program) -> Result<BTreeSet<PathBuf>> {
    let folder = root.join(program.folder());
    let mut paths = BTreeSet::new();
    for entry in WalkDir::new(&folder) {
        let entry = entry.with_context(|| format!("cannot read {}", program.folder()))?;
        // What insta leaves behind when a snapshot does not match.
        let is_left_behind = entry.path().to_string_lossy().ends_with(".snap.new");
        if entry.file_type().is_file() && !is_left_behind {
            paths.insert(entry.path().strip_prefix(&folder)?.to_owned());
        }
    }
    Ok(paths)
}
