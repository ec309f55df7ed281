//! `cargo lab new`: the skeleton of a lesson.

mod name;
mod register;
mod skeleton;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use lab::course::Course;
use lab::problem::{Exit, Problem, Result};
use lab::screen::report;

use crate::originals;
use name::Name;
use register::Change;
use skeleton::Skeleton;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Its number and its topic, such as `07-alerts`
    pub lesson: String,
    /// Its title, such as `Alerts`
    #[arg(long)]
    pub title: Option<String>,
    /// The metric that it begins with: a counter, such as `alerts_total`, or a gauge, if it has no `_total` at its end
    #[arg(long)]
    pub metric: Option<String>,
}

/// Writes the skeleton, and says what is left to fill in.
///
/// # Errors
///
/// When the name is none of a new lesson, or something cannot be written. Then nothing is.
pub fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    let name = Name::read(&typed.lesson, course)?;
    let skeleton = Skeleton::of(course, &name, typed.title.as_deref(), typed.metric.as_deref())?;
    let root = course.root();
    let is_there = skeleton.files.keys().find(|path| root.join(path).symlink_metadata().is_ok());
    if let Some(path) = is_there {
        return Err(Problem::usage(format!("{} is there already", path.display()))
            .advice("Nothing was written. Give the lesson another name, or move that away."));
    }
    let changes = register::changes(root, &name)?;
    if let Err(problem) = write(root, &skeleton, &changes) {
        take_back(root, &skeleton, &changes);
        return Err(problem);
    }
    originals::write(root).map_err(|error| {
        Problem::new("the originals of the lessons cannot be written").quoting(format!("{error:#}")).advice(
            "The skeleton itself is there. `cargo lab verify --write-originals` writes them once that is mended.",
        )
    })?;
    say(&skeleton, &changes, &name);
    Ok(Exit::Done)
}

fn say(skeleton: &Skeleton, changes: &[Change], name: &Name) {
    report::line("New:");
    for path in skeleton.files.keys() {
        report::line(format!("  {}", path.display()));
    }
    report::line("Changed:");
    for change in changes {
        report::line(format!("  {}", change.path));
    }
    report::line("");
    report::line(report::wrapped(
        "",
        &format!(
            "Write the solution first, then the check, then the text. Whatever is left is marked with FILL IN, and `cargo lab \
             verify {} --write-originals` says what does not fit yet. docs/src/new-lesson.md goes through it. If you would rather not: `git stash \
             --include-untracked` puts all of it aside.",
            name.number()
        ),
    ));
}

fn write(root: &Path, skeleton: &Skeleton, changes: &[Change]) -> Result<()> {
    for (path, text) in &skeleton.files {
        create(&root.join(path), text).map_err(|error| not_written(path, &error))?;
    }
    for Change { path, after, .. } in changes {
        fs::write(root.join(path), after).map_err(|error| not_written(Path::new(path), &error))?;
    }
    Ok(())
}

/// As if nothing had been written: no file of the skeleton was there before. A folder that is left would be taken for a
/// lesson; one that is not empty has something else, and stays. What cannot be taken back is of no use, and the reason why
/// is told.
fn take_back(root: &Path, skeleton: &Skeleton, changes: &[Change]) {
    for path in skeleton.files.keys() {
        let _ = fs::remove_file(root.join(path));
        let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        folders.map_while(|folder| fs::remove_dir(root.join(folder)).ok()).for_each(drop);
    }
    for Change { path, before, .. } in changes {
        let _ = fs::write(root.join(path), before);
    }
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

fn not_written(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("{} cannot be written: {error}", path.display()))
        .advice("All is as it was before. Mend that, and type the command again.")
}
