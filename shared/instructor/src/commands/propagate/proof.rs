//! What must hold once a change has gone through: the rules that `verify` has, too, and each stage that changed, built and
//! judged.

use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::{Context, Result, bail};
use checks::lessons::whole_page;
use checks::{Subject, Verdict, lessons, side_by_side};
use futures_util::StreamExt;
use lab::course::{Course, Lesson, Program};
use lab::machine::cargo;
use serde::Deserialize;

use crate::originals;
use crate::starters::{self, SHARED_PARTS};
use crate::steps::Walk;
use crate::variants::{Edit, Variant, Workspace};

/// Of all snapshots of a lesson's tests, the one of the page that the program itself has.
const SNAPSHOTS: [&str; 2] = ["checks__metrics.snap", "checks__gateway.snap"];

/// A stage that was judged.
#[derive(Debug)]
pub(super) enum Judgement {
    /// All is as it should be.
    Sound,
    /// The page has changed: the file with the snapshot, and what it should be now.
    Page { path: String, text: String },
    /// A server that the lesson needs is not installed.
    NotJudged,
    /// It is not as it should be, for this reason.
    Wrong(String),
}

/// What breaks the rules, of each lesson, in the order of the course.
///
/// # Errors
///
/// When a file cannot be read.
pub(super) fn broken_rules(course: &Course) -> Result<Vec<(String, Vec<String>)>> {
    let mut broken = Vec::new();
    for lesson in course.lessons() {
        let mut faults = Vec::new();
        if let Some(before) = starters::before(course, lesson) {
            let says = format!("lessons/{} is not the solution of {} with TODO comments", lesson.name(), before.name());
            faults
                .extend(starters::start(course, lesson, before)?.into_iter().map(|fault| format!("{says}:\n{fault}")));
        } else if course.lessons().first() == Some(lesson) {
            faults.extend(starters::has_no_metric(course, lesson)?);
        }
        faults.extend(starters::end(course, lesson)?);
        faults.extend(starters::same_files(course, lesson)?);
        for part in SHARED_PARTS {
            faults.extend(starters::same_part(course, lesson, part)?);
        }
        let way = Walk::read(course.root(), lesson.name()).and_then(|walk| walk.end(course.root()));
        let says = "the steps do not lead from the starter to the solution";
        let way = way.unwrap_or_else(|error| vec![format!("{error:#}")]);
        faults.extend(way.into_iter().map(|fault| format!("{says}:\n{fault}")));
        if !faults.is_empty() {
            broken.push((lesson.name().to_owned(), faults));
        }
    }
    if let Some(fault) = originals::fault(course.root())? {
        broken.push(("originals".to_owned(), vec![fault]));
    }
    Ok(broken)
}

/// The programs that are judged, built all at once.
#[derive(Debug)]
pub(super) struct Stages {
    workspace: Workspace,
    walks: Vec<(Lesson, Walk)>,
    /// Mistakes and right ways: the lesson, and a file of `shared/course`.
    others: Vec<(Lesson, String)>,
}

/// A mistake or a right way, as far as it is built here.
#[derive(Debug, Deserialize)]
struct Other {
    edits: Vec<Edit>,
}

impl Stages {
    /// Those of some lessons, in a working tree, and mistakes and right ways beside them. What cargo makes goes where the
    /// course itself has it.
    ///
    /// # Errors
    ///
    /// When a lesson's steps do not fit.
    pub(super) fn new(tree: &Path, root: &Path, lessons: &[Lesson], others: Vec<(Lesson, String)>) -> Result<Self> {
        let walks = lessons.iter().map(|lesson| Ok((lesson.clone(), Walk::read(tree, lesson.name())?)));
        let workspace = Workspace { name: "propagate", course: tree.to_owned(), target: cargo::target_folder(root) };
        Ok(Self { workspace, walks: walks.collect::<Result<_>>()?, others })
    }

    /// Builds the starter and the solution of each lesson, and the others.
    ///
    /// # Errors
    ///
    /// When they do not compile without a warning.
    pub(super) fn build(&self) -> Result<()> {
        let mut variants = Vec::new();
        for (lesson, walk) in &self.walks {
            let tree = &self.workspace.course;
            variants.push(Variant::of(tree, "solutions", lesson.name(), solution_name(lesson))?);
            if let Some(first) = walk.steps.first() {
                variants.push(walk.before(tree, first)?);
            }
        }
        for (lesson, path) in &self.others {
            variants.push(other(&self.workspace.course, lesson, path)?);
        }
        self.workspace.build(&variants)
    }

    /// Judges the starters and solutions, one after the other.
    pub(super) async fn judge(&self, mut tell: impl FnMut(&Program, Judgement)) {
        for (lesson, walk) in &self.walks {
            let [starter, solution] = Program::both(lesson);
            tell(&starter, or_wrong(self.judge_starter(walk).await));
            tell(&solution, or_wrong(self.judge_solution(lesson).await));
        }
    }

    /// A starter asks for its first step.
    async fn judge_starter(&self, walk: &Walk) -> Result<Judgement> {
        let first = walk.steps.first().context("the lesson has no step")?;
        let Some(subject) = self.workspace.start(&walk.lesson, &walk.name_before(first)).await? else {
            return Ok(Judgement::NotJudged);
        };
        walk.is_next(first, &subject).await?;
        Ok(Judgement::Sound)
    }

    /// A solution passes all checks, and has the page of its snapshot.
    async fn judge_solution(&self, lesson: &Lesson) -> Result<Judgement> {
        let name = solution_name(lesson);
        let Some(subject) = self.workspace.start(lesson.name(), &name).await? else { return Ok(Judgement::NotJudged) };
        passes(lesson, &subject).await?;
        let Some(subject) = self.workspace.start(lesson.name(), &name).await? else { return Ok(Judgement::NotJudged) };
        let page = whole_page::of(&subject, lesson.name()).await;
        let page = page.map_err(anyhow::Error::msg).context("there is no page for the snapshot")?;
        self.compare(lesson, &page)
    }

    fn compare(&self, lesson: &Lesson, page: &str) -> Result<Judgement> {
        let folder = format!("solutions/{}/tests/snapshots", lesson.name());
        let paths = SNAPSHOTS.iter().map(|name| format!("{folder}/{name}"));
        let found = paths.map(|path| (self.workspace.course.join(&path), path)).find(|(file, _)| file.is_file());
        let (file, path): (PathBuf, String) = found.with_context(|| format!("{folder} has no snapshot of the page"))?;
        let text = std::fs::read_to_string(file)?;
        let (header, snapshot) = header_and_page(&text).with_context(|| format!("{path} is no snapshot"))?;
        if snapshot.trim_end() == page.trim_end() {
            return Ok(Judgement::Sound);
        }
        Ok(Judgement::Page { path, text: format!("{header}{}\n", page.trim_end()) })
    }
}

fn solution_name(lesson: &Lesson) -> String {
    format!("solution_{}", lesson.number())
}

/// A solution with the edits of a mistake or of a right way.
fn other(tree: &Path, lesson: &Lesson, path: &str) -> Result<Variant> {
    let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
    let text = std::fs::read_to_string(tree.join(path)).with_context(|| format!("cannot read {path}"))?;
    let Other { edits } = toml::from_str(&text).with_context(|| format!("{path} is broken"))?;
    let mut variant = Variant::of(tree, "solutions", lesson.name(), format!("lesson_{}_{name}", lesson.number()))?;
    let context = || format!("{path} does not fit its solution");
    edits.iter().try_for_each(|edit| variant.edit(edit)).with_context(context)?;
    Ok(variant)
}

fn or_wrong(judgement: Result<Judgement>) -> Judgement {
    judgement.unwrap_or_else(|error| Judgement::Wrong(format!("{error:#}")))
}

async fn passes(lesson: &Lesson, subject: &Subject) -> Result<()> {
    let mut verdicts = pin!(side_by_side::run(lessons::of(lesson.name()), subject, side_by_side::AT_ONCE));
    while let Some((check, verdict)) = verdicts.next().await {
        match verdict {
            Verdict::Passed => {}
            Verdict::Failed(failure) => bail!("{check:?} rejects it:\n\n{failure}"),
            Verdict::NotRun(reason) => bail!("{check:?} could not be made: {reason}"),
        }
    }
    Ok(())
}

/// What insta writes above the content, and the content.
fn header_and_page(text: &str) -> Option<(&str, &str)> {
    let end = text.match_indices("---\n").nth(1)?.0 + "---\n".len();
    Some(text.split_at(end))
}
