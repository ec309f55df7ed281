//! What is said of a change on its way through the course.

use std::fs;

use lab::course::{Course, Lesson, Program};
use lab::screen::difference::{self, Edit};
use lab::screen::report::{self, BAD, GOOD, UNKNOWN, styled};
use lab::student::files::Files;

use super::proof::Judgement;
use super::repository::Worktree;
use super::stages::{Carrier, How, Stage};

/// A line for each stage after those that are done, and what changes in it.
pub(super) fn stages(carrier: &Carrier<'_>, before: &Files, done: usize) {
    for (index, stage) in carrier.stages.iter().enumerate() {
        if index < done {
            continue;
        }
        report::line(format!("{} {}: {}", mark(stage), stage.folder, summary(stage)));
        let edits: Vec<_> = stage.files.iter().map(|(path, _)| edit(path, before, &carrier.now)).collect();
        difference::show(&edits);
        for (path, how) in &stage.files {
            if let How::InTheWay(reason) = how {
                report::line(report::wrapped("  ", &format!("\n{path} needs you:")));
                report::line(report::quoted(reason.lines()));
            }
        }
        if !edits.is_empty() {
            report::line("");
        }
    }
}

fn mark(stage: &Stage) -> String {
    match stage {
        stage if stage.has_conflicts() => styled(BAD, "✗"),
        stage if stage.waits => styled(UNKNOWN, "·"),
        _ => styled(GOOD, "✓"),
    }
}

fn summary(stage: &Stage) -> String {
    if stage.waits {
        return "waits for the conflicts above".to_owned();
    }
    let conflicts = stage.conflicts().count();
    let settled = stage.files.iter().map(|(_, how)| if let How::Settled(places) = how { *places } else { 0 });
    match (stage.files.len(), conflicts, settled.sum()) {
        (0, _, _) => "clean, nothing to change".to_owned(),
        (files, 0, 0) => format!("clean, {}", count(files, "file")),
        (files, 0, places) => {
            format!(
                "clean, {}; {} where lines alone do not merge: have a look",
                count(files, "file"),
                count(places, "place")
            )
        }
        (_, conflicts, _) => format!("conflict in {}", count(conflicts, "file")),
    }
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

fn edit(path: &str, before: &Files, after: &Files) -> Edit {
    let [before, after] = [before, after].map(|files| files.get(path).cloned());
    Edit { path: path.to_owned(), before, after }
}

/// A stage that was built and judged.
pub(super) fn judgement(worktree: &Worktree<'_>, program: &Program, judgement: &Judgement) {
    let folder = program.folder();
    match judgement {
        Judgement::Sound if program.solution => {
            report::line(format!("{} {folder}: passes all checks", styled(GOOD, "✓")))
        }
        Judgement::Sound => report::line(format!("{} {folder}: asks for its first step", styled(GOOD, "✓"))),
        Judgement::NotJudged => {
            report::line(format!("{} {folder}: not judged, since a server is not installed", styled(UNKNOWN, "·")));
        }
        Judgement::Page { path, text } => {
            report::line(format!("{} {folder}: passes all checks, snapshot changed", styled(UNKNOWN, "!")));
            let before = fs::read(worktree.root.join(path)).ok();
            difference::show(&[Edit { path: path.clone(), before, after: Some(text.clone().into_bytes()) }]);
            report::line("");
        }
        Judgement::Wrong(reason) => {
            report::line(format!("{} {folder}: is not as it should be", styled(BAD, "✗")));
            report::line(report::quoted(reason.lines()));
        }
    }
}

/// A lesson that breaks rules.
pub(super) fn broken(name: &str, faults: &[String]) {
    report::line(format!("{} {name}: breaks the rules of the course", styled(BAD, "✗")));
    for fault in faults {
        report::line(report::quoted(fault.lines()));
        report::line("");
    }
}

/// What comes next, when nothing was to be written.
pub(super) fn not_written(lesson: &Lesson, has_conflicts: bool) {
    let number = lesson.number();
    let text = match has_conflicts {
        true => format!(
            "Nothing was written. `cargo lab propagate {number} --write` writes all of this, with git's marks at the \
             conflicts, for you to resolve."
        ),
        false => format!("Nothing was written. `cargo lab propagate {number} --write` writes all of this."),
    };
    report::line(report::wrapped("", &text));
}

/// What comes next, when it was.
pub(super) fn written(course: &Course, files: usize, has_conflicts: bool) {
    let text = match has_conflicts {
        true => "Resolve the conflicts: the marks are git's, and `git diff` shows them. Then `cargo lab propagate --continue` \
                 goes on. `cargo lab propagate --abort` takes everything back."
            .to_owned(),
        false => "The mistakes and right ways of shared/course are merged, and not judged: `cargo test -p course --test \
                  mistakes --test right_ways` does that. Texts, queries and dashboards that name what you have renamed are \
                  yours to change."
            .to_owned(),
    };
    report::line(report::wrapped("", &format!("{} written in {}.", count(files, "file"), course.root().display())));
    report::line(report::wrapped("", &text));
}
