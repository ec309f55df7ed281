//! What is said of a change on its way through the course.

use std::fs;
use std::slice;

use lab::course::{Course, Lesson, Program};
use lab::screen::difference::{self, Edit};
use lab::screen::report::{self, BAD, GOOD, UNKNOWN, styled};
use lab::student::files::Files;

use super::proof::Judgement;
use super::repository::Worktree;
use super::stages::{Carrier, How, Stage};
use crate::rules::{self, Rule};

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

/// A program that was built and judged, or a snapshot of it.
pub(super) fn judgement(worktree: &Worktree<'_>, program: &Program, judgement: &Judgement) {
    let folder = program.folder();
    match judgement {
        Judgement::Rule(rule) if rule.holds() => report::line(format!("{} {folder}: {}", styled(GOOD, "✓"), rule.says)),
        Judgement::Rule(rule) => {
            rules::show(&folder, slice::from_ref(rule), "");
        }
        Judgement::NotJudged(what) => {
            report::line(format!("{} {what}: not judged, since a server is not installed", styled(UNKNOWN, "·")));
        }
        Judgement::Snapshot { path, text } => {
            report::line(format!("{} {folder}: snapshot changed", styled(UNKNOWN, "!")));
            let before = fs::read(worktree.root.join(path)).ok();
            difference::show(&[Edit { path: path.clone(), before, after: Some(text.clone().into_bytes()) }]);
            report::line("");
        }
    }
}

/// The parts of the course that break rules, or a line for all of them. Returns whether all hold.
pub(super) fn rules(parts: &[(String, Vec<Rule>)]) -> bool {
    let broken: Vec<_> = parts.iter().filter(|(_, rules)| !rules.iter().all(Rule::holds)).collect();
    for (name, rules) in &broken {
        rules::show(name, rules, "");
    }
    if broken.is_empty() {
        let count: usize = parts.iter().map(|(_, rules)| rules.len()).sum();
        report::line(format!("{} the course: sound ({})", styled(GOOD, "✓"), self::count(count, "rule")));
    }
    broken.is_empty()
}

/// What the compiler says of the stages that changed.
pub(super) fn uncompiled(words: &str) {
    report::line(format!("{} the stages that changed do not compile, or not without a warning:", styled(BAD, "✗")));
    report::line(report::quoted(words.lines()));
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
