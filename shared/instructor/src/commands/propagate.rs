//! `cargo lab propagate`: the change of one lesson, carried through all that come after it.
//!
//! It is tried out in a second working tree, and written to the instructor's own only when that is asked for.

mod documents;
mod format;
mod journal;
mod proof;
mod repository;
mod shown;
mod snippets;
mod stages;

use std::collections::BTreeSet;
use std::fs;
use std::pin::pin;
use std::time::Duration;

use clap::Args;
use lab::course::{Course, Lesson};
use lab::machine::{merge, signals};
use lab::problem::{Exit, Problem, Result};
use lab::screen::{progress_line, report};
use lab::student::files::Files;
use tokio::task::yield_now;
use tokio::time::timeout;

use self::journal::{Change, Journal, Phase, State};
use self::proof::{Judgement, Stages};
use self::repository::{Repository, Worktree, differences};
use self::stages::Carrier;
use crate::originals;

/// On what all lessons build.
const SHARED: [&str; 6] =
    ["shared/shop", "shared/summary", "shared/checks", "shared/exposition", "Cargo.toml", "Cargo.lock"];

/// How soon after git or cargo this program hears of Ctrl-C, which ends them all.
const SOON: Duration = Duration::from_millis(200);

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson that you have changed, by number or name
    #[arg(required_unless_present_any = ["continue", "abort"], conflicts_with_all = ["continue", "abort"])]
    pub lesson: Option<String>,
    /// The last commit before your change, if you have committed it already. Without it, the change is what is not committed
    #[arg(long, value_name = "COMMIT", default_value = "HEAD", conflicts_with_all = ["continue", "abort"])]
    pub base: String,
    /// Write what comes out to your working tree
    #[arg(long, conflicts_with_all = ["continue", "abort"])]
    pub write: bool,
    /// Go on, once the conflicts are resolved, or after an interruption
    #[arg(long = "continue", conflicts_with = "abort")]
    pub r#continue: bool,
    /// Put all files back as they were before
    #[arg(long)]
    pub abort: bool,
    /// Merge, and look at the rules, but build and judge nothing
    #[arg(long)]
    pub no_check: bool,
}

/// What is carried, and how far that has come.
#[derive(Debug)]
struct Start {
    lesson: Lesson,
    base: String,
    done: usize,
    /// What is under way already.
    state: Option<State>,
}

impl Start {
    fn is_under_way(&self) -> bool {
        self.state.is_some()
    }

    fn state(self) -> State {
        self.state.unwrap_or_else(|| State {
            lesson: self.lesson.name().to_owned(),
            base: self.base,
            done: self.done,
            phase: Phase::Writing,
            files: Vec::new(),
        })
    }
}

/// What came of a change on its way, in the second working tree.
#[derive(Debug)]
struct Carried {
    /// How many stages are done.
    done: usize,
    /// What is to be written; none if something is not as it should be.
    changes: Option<Vec<Change>>,
}

/// What is asked of `cargo lab`: whether it understands what is typed behind it, and what it says if not.
type Lab<'a> = &'a dyn Fn(&[String]) -> Result<(), String>;

/// Carries a change on, goes on with that, or takes it back. `lab` is what `cargo lab` makes of what is typed behind it.
///
/// # Errors
///
/// When it cannot be done. Then nothing is written, or what was written can be taken back.
pub async fn run(typed: &Typed, course: &Course, lab: impl Fn(&[String]) -> Result<(), String>) -> Result<Exit> {
    let repository = Repository::of(course.root())?;
    let journal = Journal::open(course.root())?;
    let state = journal.state()?;
    match (typed.abort, typed.r#continue, state) {
        (true, _, Some(state)) => undo(&journal, state),
        (_, true, Some(state)) => go_on(typed, course, &repository, &journal, state, &lab).await,
        (false, false, Some(state)) => Err(under_way(&state)),
        (false, false, None) => {
            let lesson = course.lesson(typed.lesson.as_deref().unwrap_or_default())?.clone();
            let base = repository.commit(&typed.base)?;
            let start = Start { lesson, base, done: 0, state: None };
            carry_and_write(typed, course, &repository, &journal, start, &lab).await
        }
        (_, _, None) => Err(Problem::usage("no `cargo lab propagate` is under way")
            .advice("Begin with `cargo lab propagate LESSON`, the lesson that you have changed.")),
    }
}

fn under_way(state: &State) -> Problem {
    Problem::usage(format!("the change of {} is still on its way", state.lesson)).advice(
        "`cargo lab propagate --continue` goes on with it, and `cargo lab propagate --abort` takes back what was written.",
    )
}

fn undo(journal: &Journal, state: State) -> Result<Exit> {
    let kept = journal.undo(state)?;
    report::line("All files are as they were before `cargo lab propagate`.");
    if let Some(folder) = kept {
        let text = format!("What you have changed in them since is in {}.", folder.display());
        report::line(report::wrapped("", &text));
    }
    Ok(Exit::Done)
}

async fn go_on(
    typed: &Typed,
    course: &Course,
    repository: &Repository,
    journal: &Journal,
    state: State,
    lab: Lab<'_>,
) -> Result<Exit> {
    match state.phase {
        Phase::Undoing => {
            return Err(
                Problem::usage("all was about to be put back").advice("`cargo lab propagate --abort` ends that.")
            );
        }
        Phase::Writing => {
            journal.write(state)?;
            let Some(state) = journal.state()? else {
                report::line("All files are written, as they were to be before the interruption.");
                return Ok(Exit::Done);
            };
            report::line("All files are written. Some have conflicts: resolve them, and type the command again.");
            report::line(report::quoted(
                state.files.iter().filter(|entry| entry.has_conflict).map(|entry| &*entry.path),
            ));
            return Ok(Exit::NotDone);
        }
        Phase::Resolving => {}
    }
    let marked = marked(course, &state);
    if !marked.is_empty() {
        return Err(Problem::new("these files still have git's marks of a conflict")
            .quoting(marked.join("\n"))
            .advice("Resolve them, and save. Then `cargo lab propagate --continue` goes on."));
    }
    let lesson = course.lesson(&state.lesson)?.clone();
    let start = Start { lesson, base: state.base.clone(), done: state.done, state: Some(state) };
    carry_and_write(typed, course, repository, journal, start, lab).await
}

/// The files with marks of a conflict in them, and the line of the first.
fn marked(course: &Course, state: &State) -> Vec<String> {
    let conflicts = state.files.iter().filter(|entry| entry.has_conflict);
    let marked = conflicts.filter_map(|entry| {
        let text = fs::read_to_string(course.root().join(&entry.path)).ok()?;
        Some(format!("{}:{}", entry.path, merge::mark_in(&text)?))
    });
    marked.collect()
}

/// Up to the first file that is written, Ctrl-C ends it, and nothing of it is left.
async fn carry_and_write(
    typed: &Typed,
    course: &Course,
    repository: &Repository,
    journal: &Journal,
    start: Start,
    lab: Lab<'_>,
) -> Result<Exit> {
    let mut stopped = pin!(signals::stop());
    let carried = tokio::select! {
        biased;
        _ = &mut stopped => return Ok(interrupted()),
        carried = carry(typed, course, repository, &start, lab) => carried,
    };
    // It ends git and cargo, too, and that may be noticed before.
    if carried.is_err() && timeout(SOON, &mut stopped).await.is_ok() {
        return Ok(interrupted());
    }
    let Carried { done, changes } = carried?;
    let Some(changes) = changes else {
        report::line(report::wrapped("", "Nothing was written. Mend this, and type the command again."));
        return Ok(Exit::NotDone);
    };
    let is_under_way = start.is_under_way();
    end(typed, course, journal, State { done, ..start.state() }, is_under_way, changes)
}

fn interrupted() -> Exit {
    report::line("Interrupted. Nothing was written.");
    Exit::Interrupted
}

async fn carry(
    typed: &Typed,
    course: &Course,
    repository: &Repository,
    start: &Start,
    lab: Lab<'_>,
) -> Result<Carried> {
    let head = repository.commit("HEAD")?;
    let worktree = repository.worktree(&start.base)?;
    let base = worktree.parts()?;
    if start.base != head {
        worktree.switch(&head)?;
    }
    let committed = worktree.parts()?;
    worktree.bring(&repository.uncommitted()?)?;
    let now = worktree.all()?;
    let changes_shared = repository.differs(&start.base, &SHARED)?;
    if !start.is_under_way() && !changes_shared && !is_lesson_changed(&start.lesson, &base, &now) {
        return Err(nothing_changed(start, course, &base, &now));
    }
    yield_now().await;

    let mut carrier = Carrier::new(course, &base, now.clone());
    carrier.carry(&start.lesson, start.done)?;
    shown::stages(&carrier, &now, start.done);
    refuse_to_overwrite(start, &committed, &now, &changes(&carrier, &now, &carrier.now))?;
    worktree.write(&now, &carrier.now)?;
    yield_now().await;
    let has_conflicts = carrier.stages.iter().any(stages::Stage::has_conflicts);
    if !has_conflicts && !prove(typed, &worktree, course, &base, changes_shared, lab).await? {
        return Ok(Carried { done: carrier.done, changes: None });
    }
    yield_now().await;
    let changes = changes(&carrier, &now, &worktree.all()?);
    refuse_to_overwrite(start, &committed, &now, &changes)?;
    Ok(Carried { done: carrier.done, changes: Some(changes) })
}

/// Writes, if that was asked for, and says what comes next.
fn end(
    typed: &Typed,
    course: &Course,
    journal: &Journal,
    state: State,
    is_under_way: bool,
    changes: Vec<Change>,
) -> Result<Exit> {
    let has_conflicts = changes.iter().any(|change| change.has_conflict);
    let exit = if has_conflicts { Exit::NotDone } else { Exit::Done };
    if !is_under_way && changes.is_empty() {
        report::line("Nothing has to be carried on: all that comes after the change is as it should be.");
        return Ok(exit);
    }
    if !is_under_way && !typed.write {
        shown::not_written(course.lesson(&state.lesson)?, has_conflicts);
        return Ok(exit);
    }
    let count = changes.len();
    let state = journal.begin(state, changes)?;
    journal.write(state)?;
    shown::written(course, count, has_conflicts);
    Ok(exit)
}

fn nothing_changed(start: &Start, course: &Course, base: &Files, now: &Files) -> Problem {
    let others = course.lessons().iter().filter(|lesson| is_lesson_changed(lesson, base, now));
    let others: Vec<_> = others.map(Lesson::name).collect();
    let advice = match others[..] {
        [] => "Change its starter, its solution, or something that lessons share, and type the command again. If you have \
               committed the change already, name the last commit before it: `--base HEAD~1`."
            .to_owned(),
        _ => format!("These have changed: {}. Name the first of them.", others.join(", ")),
    };
    Problem::usage(format!("nothing has changed in {} since the last commit", start.lesson.name())).advice(advice)
}

fn is_lesson_changed(lesson: &Lesson, base: &Files, now: &Files) -> bool {
    let own = [format!("lessons/{}/", lesson.name()), format!("solutions/{}/", lesson.name())];
    let edits = format!("/{}", lesson.name());
    differences(base, now).any(|(path, _, _)| {
        own.iter().any(|folder| path.starts_with(folder))
            || (path.starts_with("shared/course/") && path.contains(&edits))
    })
}

/// What is to be written: all that differs in the second working tree.
fn changes(carrier: &Carrier<'_>, now: &Files, after: &Files) -> Vec<Change> {
    let conflicts: BTreeSet<_> = carrier.stages.iter().flat_map(stages::Stage::conflicts).collect();
    let mut changes: Vec<_> = differences(now, after)
        .map(|(path, before, after)| Change {
            path: path.to_owned(),
            before: before.map(<[u8]>::to_vec),
            after: after.map(<[u8]>::to_vec),
            has_conflict: conflicts.contains(path),
        })
        .collect();
    // One that cannot be merged is as it was, and somebody has to look at it all the same.
    let differing: BTreeSet<_> = changes.iter().map(|change| change.path.clone()).collect();
    changes.extend(conflicts.into_iter().filter(|path| !differing.contains(*path)).map(|path| {
        let content = now.get(path).cloned();
        Change { path: path.to_owned(), before: content.clone(), after: content, has_conflict: true }
    }));
    changes
}

/// What the instructor has not committed, and is no part of the change, must not get lost in it.
fn refuse_to_overwrite(start: &Start, committed: &Files, now: &Files, changes: &[Change]) -> Result<()> {
    let known: BTreeSet<_> =
        start.state.iter().flat_map(|state| &state.files).map(|entry| entry.path.as_str()).collect();
    let name = start.lesson.name();
    // What is there already is a part of the change, and stays in what is written.
    let documents = ["steps", "mistakes", "right_ways"].map(|kind| format!("shared/course/{kind}/{name}"));
    let own = [format!("lessons/{name}/"), format!("solutions/{name}/"), "shared/lab/".to_owned()];
    let own = [own, documents].concat();
    let is_own = |path: &str| known.contains(path) || own.iter().any(|folder| path.starts_with(folder));
    let dirty = changes.iter().map(|change| change.path.as_str());
    let dirty = dirty.filter(|path| !is_own(path) && committed.get(*path) != now.get(*path));
    let dirty: Vec<_> = dirty.collect();
    if dirty.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!(
        "nothing was written: these files have changes that are not committed, and the change of {name} would have to be \
         written into them"
    ))
    .quoting(dirty.join("\n"))
    .advice("Commit or stash what you have changed in these files, and type the command again."))
}

/// Whether the rules hold and each program that changed is as it should be. The originals, and the snapshots of pages, are
/// written anew in the second working tree.
async fn prove(
    typed: &Typed,
    worktree: &Worktree<'_>,
    course: &Course,
    base: &Files,
    changes_shared: bool,
    lab: Lab<'_>,
) -> Result<bool> {
    let unreadable =
        |error: anyhow::Error| Problem::new("the course cannot be looked at").quoting(format!("{error:#}"));
    originals::write(&worktree.root).map_err(unreadable)?;
    let parts = proof::rules(&Course::of(&worktree.root)?, lab).map_err(unreadable)?;
    if !shown::rules(&parts) {
        return Ok(false);
    }
    if typed.no_check {
        return Ok(true);
    }
    let after = worktree.parts()?;
    let is_judged = |lesson: &&Lesson| changes_shared || is_lesson_changed(lesson, base, &after);
    let lessons: Vec<_> = course.lessons().iter().filter(is_judged).collect();
    let stages = Stages::new(&worktree.root, course.root(), &lessons, others(course, base, &after));
    let is_sound = build(&stages).await? && judge(worktree, &stages).await?;
    // The snapshots may be others.
    originals::write(&worktree.root).map_err(unreadable)?;
    Ok(is_sound)
}

/// The mistakes and right ways that have changed, or are new.
fn others(course: &Course, base: &Files, after: &Files) -> Vec<(Lesson, String)> {
    let changed = differences(base, after).filter(|(_, _, after)| after.is_some()).map(|(path, _, _)| path);
    let of_lesson = |path: &str| course.lessons().iter().find(|lesson| path.contains(&format!("/{}/", lesson.name())));
    let changed = changed.filter(|path| path.starts_with("shared/course/") && path.ends_with(".toml"));
    changed.filter_map(|path| Some((of_lesson(path)?.clone(), path.to_owned()))).collect()
}

/// Whether the compiler has nothing to say.
async fn build(stages: &Stages) -> Result<bool> {
    let words = progress_line::show("building the stages that changed".to_owned(), stages.build()).await;
    let words =
        words.map_err(|error| Problem::new("the stages that changed cannot be built").quoting(format!("{error:#}")))?;
    if let Some(words) = &words {
        shown::uncompiled(words);
    }
    Ok(words.is_none())
}

async fn judge(worktree: &Worktree<'_>, stages: &Stages) -> Result<bool> {
    let mut is_sound = true;
    let mut snapshots = Vec::new();
    let judged = stages.judge(|program, judgement| {
        shown::judgement(worktree, program, &judgement);
        match judgement {
            Judgement::Snapshot { path, text } => snapshots.push((path, text)),
            Judgement::Rule(rule) => is_sound &= rule.holds(),
            Judgement::NotJudged(_) => {}
        }
    });
    let judged = progress_line::show("judging the stages that changed".to_owned(), judged).await;
    judged.map_err(|error| Problem::new("the stages that changed cannot be judged").quoting(format!("{error:#}")))?;
    for (path, text) in snapshots {
        // A lesson and its solution have the same snapshot.
        for path in [&path, &path.replacen("solutions", "lessons", 1)] {
            fs::write(worktree.root.join(path), &text)
                .map_err(|error| Problem::new(format!("{path} cannot be written: {error}")))?;
        }
    }
    Ok(is_sound)
}
