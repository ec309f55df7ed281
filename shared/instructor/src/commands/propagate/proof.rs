//! What must hold once a change has gone through: the rules of `verify`. Each program that changed is built and judged, and
//! its snapshots are made anew.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, anyhow};
use checks::Subject;
use checks::lessons::whole_page;
use lab::course::{Course, Lesson, Program};
use lab::machine::cargo;
use lab::machine::signals::Group;
use serde::Deserialize;
use tokio::process::Command;

use crate::programs;
use crate::rules::{self, Rule};
use crate::variants::{Edit, Variant, Workspace};

/// What a snapshot shows.
#[derive(Debug, Clone, Copy)]
enum View {
    /// The page with the metrics.
    Page,
    /// What a Prometheus has that scrapes it.
    Prometheus,
}

/// The snapshots of a lesson's tests: not each lesson has each.
const SNAPSHOTS: [(&str, View); 3] = [
    ("checks__metrics.snap", View::Page),
    ("checks__gateway.snap", View::Page),
    ("checks__prometheus.snap", View::Prometheus),
];

/// What came of a program that was judged, or of a snapshot of it.
#[derive(Debug)]
pub(super) enum Judgement {
    /// The rule that it keeps, or breaks.
    Rule(Rule),
    /// The file with a snapshot, and what it should be now.
    Snapshot { path: String, text: String },
    /// A server is not installed that it takes to judge this.
    NotJudged(String),
}

/// The rules that hold of the files of the course, or do not, under the name of the part that they are about.
///
/// # Errors
///
/// When a file cannot be read.
pub(super) fn rules(
    course: &Course,
    lab: &dyn Fn(&[String]) -> Result<(), String>,
) -> Result<Vec<(String, Vec<Rule>)>> {
    let (known, workspace) = rules::of_workspace(course, lab);
    let mut parts = vec![("workspace".to_owned(), vec![workspace])];
    for lesson in course.lessons() {
        parts.push((lesson.name().to_owned(), rules::of_lesson(course, lesson, &known)?));
    }
    parts.push(("texts".to_owned(), rules::of_texts(course, &known)?));
    parts.push(("originals".to_owned(), vec![rules::of_originals(course.root())?]));
    Ok(parts)
}

/// The programs that are judged, built all at once.
#[derive(Debug)]
pub(super) struct Stages {
    workspace: Workspace,
    programs: Vec<Program>,
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
    pub(super) fn new(tree: &Path, root: &Path, lessons: &[&Lesson], others: Vec<(Lesson, String)>) -> Self {
        let workspace = Workspace { name: "propagate", course: tree.to_owned(), target: cargo::target_folder(root) };
        Self { workspace, programs: lessons.iter().copied().flat_map(Program::both).collect(), others }
    }

    /// Builds them. Returns the compiler's words, where it has some.
    ///
    /// # Errors
    ///
    /// When they cannot be written, or cargo does not run.
    pub(super) async fn build(&self) -> Result<Option<String>> {
        let tree = &self.workspace.course;
        let programs = self.programs.iter().map(|program| {
            let folder = if program.solution { "solutions" } else { "lessons" };
            Variant::program(tree, folder, program.lesson.name(), name(program))
        });
        let others = self.others.iter().map(|(lesson, path)| other(tree, lesson, path));
        let variants = programs.chain(others).collect::<Result<Vec<_>>>()?;
        let mut command = Command::from(self.workspace.prepare(&variants)?);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let (group, cargo) = Group::spawn(&mut command).context("cargo does not run")?;
        let output = cargo.wait_with_output().await?;
        group.release();
        Ok((!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// Judges the starters and solutions, one after the other, and makes their snapshots anew.
    ///
    /// # Errors
    ///
    /// When there is nothing for a snapshot, or the one that is there cannot be read.
    pub(super) async fn judge(&self, mut tell: impl FnMut(&Program, Judgement)) -> Result<()> {
        for program in &self.programs {
            let executable = self.workspace.program(&name(program));
            let Some(rule) = rules::judged(&self.workspace.course, program, executable).await else {
                tell(program, Judgement::NotJudged(program.folder()));
                continue;
            };
            let is_kept = rule.holds();
            tell(program, Judgement::Rule(rule));
            if program.solution && is_kept {
                self.make_snapshots(program, &mut tell).await?;
            }
        }
        Ok(())
    }

    async fn make_snapshots(&self, program: &Program, tell: &mut impl FnMut(&Program, Judgement)) -> Result<()> {
        for (file, view) in SNAPSHOTS {
            let path = format!("{}/tests/snapshots/{file}", program.folder());
            let Ok(text) = fs::read_to_string(self.workspace.course.join(&path)) else { continue };
            let (header, snapshot) = header_and_page(&text).with_context(|| format!("{path} is no snapshot"))?;
            match self.look_at(program, view).await.with_context(|| format!("{path} cannot be made anew"))? {
                None => tell(program, Judgement::NotJudged(path)),
                Some(page) if page.trim_end() == snapshot.trim_end() => {}
                Some(page) => {
                    let text = format!("{header}{}\n", page.trim_end());
                    tell(program, Judgement::Snapshot { path, text });
                }
            }
        }
        Ok(())
    }

    /// What a solution shows, from its start on. None where a server is not installed that it takes for that.
    async fn look_at(&self, program: &Program, view: View) -> Result<Option<String>> {
        let lesson = &program.lesson;
        let started = programs::start(lesson, self.workspace.program(&name(program))).await?;
        match (view, started) {
            (_, None) => Ok(None),
            (View::Prometheus, Some(Subject::Job(job))) => {
                whole_page::in_prometheus(&job).await.map_err(|why| anyhow!(why))
            }
            (_, Some(subject)) => whole_page::of(&subject, lesson.name()).await.map(Some).map_err(|why| anyhow!(why)),
        }
    }
}

/// The name of a program here, so that it is in nobody's way.
fn name(program: &Program) -> String {
    let kind = if program.solution { "solution" } else { "starter" };
    format!("{kind}_{}", program.lesson.number())
}

/// A solution with the edits of a mistake or of a right way.
fn other(tree: &Path, lesson: &Lesson, path: &str) -> Result<Variant> {
    let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(tree.join(path)).with_context(|| format!("cannot read {path}"))?;
    let Other { edits } = toml::from_str(&text).with_context(|| format!("{path} is broken"))?;
    let mut variant = Variant::of(tree, "solutions", lesson.name(), format!("lesson_{}_{name}", lesson.number()))?;
    let context = || format!("{path} does not fit its solution");
    edits.iter().try_for_each(|edit| variant.edit(edit)).with_context(context)?;
    Ok(variant)
}

/// What insta writes above the content, and the content.
fn header_and_page(text: &str) -> Option<(&str, &str)> {
    let end = text.match_indices("---\n").nth(1)?.0 + "---\n".len();
    Some(text.split_at(end))
}
