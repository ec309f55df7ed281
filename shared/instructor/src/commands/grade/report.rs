//! What a class has earned, as all formats tell it.

use std::collections::BTreeMap;

use lab::course::manifest::Manifest;
use lab::course::{Course, Lesson};
use lab::problem::Result;
use serde::Serialize;

use super::class::{Age, Class, Student};
use super::handed_in::HandedIn;
use super::protocol::{Explanation, Outcome};
use super::record::{Record, Trouble};
use super::similarity::{self, Pair};

/// The version of the format of the JSON report.
const FORMAT: u32 = 1;
/// In place of a reason of its own.
const AFTER_ANOTHER: &str = "A step before it is not done.";

/// A class, graded.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) format: u32,
    /// What students' code was kept in.
    pub(super) isolation: String,
    pub(super) lessons: Vec<LessonOfClass>,
    pub(super) students: Vec<Graded>,
    /// A hint, and never a verdict.
    pub(super) similar: Vec<Pair>,
}

/// How a class did in a lesson.
#[derive(Debug, Serialize)]
pub(super) struct LessonOfClass {
    pub(super) name: String,
    pub(super) title: String,
    /// The points that it is worth.
    pub(super) of: u32,
    pub(super) steps: Vec<StepOfClass>,
}

/// How a class did in a step.
#[derive(Debug, Serialize)]
pub(super) struct StepOfClass {
    pub(super) check: String,
    pub(super) title: String,
    /// How many have done it.
    pub(super) passed: usize,
    /// How many have handed in something of the lesson.
    pub(super) of: usize,
    /// What stands in the way, and how many have that, the most frequent first.
    pub(super) reasons: Vec<(String, usize)>,
}

/// A student, graded.
#[derive(Debug, Serialize)]
pub(super) struct Graded {
    pub(super) name: String,
    pub(super) kind: String,
    /// Git's id of the files that were graded.
    pub(super) tree: String,
    /// Why nothing could be graded.
    pub(super) problem: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) points: u32,
    pub(super) of: u32,
    pub(super) lessons: Vec<GradedLesson>,
}

/// A lesson of a student.
#[derive(Debug, Serialize)]
pub(super) struct GradedLesson {
    pub(super) name: String,
    pub(super) state: State,
    pub(super) points: u32,
    pub(super) of: u32,
    pub(super) seconds: f64,
    pub(super) build_seconds: f64,
    /// When it was judged, if that was not in this run.
    pub(super) judged_before: Option<String>,
    /// Git's id of the source code of the lesson.
    pub(super) source: String,
    pub(super) notes: Vec<String>,
    /// Why it was not judged to its end.
    pub(super) trouble: Option<Trouble>,
    pub(super) steps: Vec<GradedStep>,
}

/// How far a lesson came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It was not handed in.
    Missing,
    /// It is as it was handed out.
    NotBegun,
    Judged,
}

/// A step of a student.
#[derive(Debug, Serialize)]
pub(super) struct GradedStep {
    pub(super) check: String,
    pub(super) title: String,
    pub(super) status: Status,
    pub(super) points: u32,
    pub(super) of: u32,
    /// How many seconds after the start of the judge its verdict came.
    pub(super) seconds: Option<f64>,
    pub(super) explanation: Option<Explanation>,
    /// Why it was not judged, or counts nothing.
    pub(super) reason: Option<String>,
}

/// What is known of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Passed,
    Failed,
    /// Its check passes, but it does so before anything is written, and a step before it is not done.
    NotCounted,
    NotJudged,
}

impl Report {
    /// Gives points for what was judged.
    ///
    /// # Errors
    ///
    /// When a lesson or a solution cannot be read.
    pub(super) fn of(course: &Course, class: &Class) -> Result<Self> {
        let manifests = class.originals.iter().map(|original| Manifest::read(course, &original.lesson));
        let manifests: Vec<_> = manifests.collect::<Result<_>>()?;
        let lessons: Vec<_> = class.originals.iter().map(|original| &original.lesson).zip(manifests).collect();
        let students: Vec<_> = class.students.iter().map(|student| Graded::of(student, &lessons, class)).collect();
        let of_class = |(index, (lesson, manifest)): (usize, &(&Lesson, Manifest))| {
            LessonOfClass::of(lesson, manifest, students.iter().filter_map(|student| student.lessons.get(index)))
        };
        Ok(Self {
            format: FORMAT,
            isolation: class.isolation.to_string(),
            lessons: lessons.iter().enumerate().map(of_class).collect(),
            similar: similarity::pairs(course, class)?,
            students,
        })
    }

    /// Whether each submission was judged to its end, or stopped by a fault of its own.
    pub(super) fn is_whole(&self) -> bool {
        let is_whole = |lesson: &GradedLesson| {
            let is_known = |step: &GradedStep| step.status != Status::NotJudged || step.reason.is_none();
            !matches!(lesson.trouble, Some(Trouble::NotJudged(_))) && lesson.steps.iter().all(is_known)
        };
        self.students.iter().all(|student| student.problem.is_none() && student.lessons.iter().all(is_whole))
    }
}

impl Graded {
    fn of(student: &Student, lessons: &[(&Lesson, Manifest)], class: &Class) -> Self {
        let graded: Vec<_> =
            lessons.iter().map(|(lesson, manifest)| GradedLesson::of(student, lesson, manifest, class)).collect();
        Self {
            name: student.name.clone(),
            kind: student.kind.to_owned(),
            tree: student.tree.clone(),
            problem: student.problem.clone(),
            notes: student.notes.clone(),
            points: graded.iter().map(|lesson| lesson.points).sum(),
            of: graded.iter().map(|lesson| lesson.of).sum(),
            lessons: graded,
        }
    }

    /// The first thing that stands in the way, in a line.
    pub(super) fn first_reason(&self) -> Option<String> {
        let of_lessons = || self.lessons.iter().find_map(|lesson| lesson.first_reason());
        self.problem.clone().or_else(of_lessons)
    }
}

impl GradedLesson {
    fn of(student: &Student, lesson: &Lesson, manifest: &Manifest, class: &Class) -> Self {
        let handed_in = student.lessons.get(lesson.name());
        let judged = handed_in.and_then(|handed_in| class.record(lesson, handed_in));
        let nothing = Record::default();
        let (record, age) = judged.map_or((&nothing, Age::New), |(record, age)| (record, *age));
        let state = match (handed_in, judged) {
            (None, _) => State::Missing,
            (Some(handed_in), _) if is_starter(handed_in, lesson, class) => State::NotBegun,
            (Some(_), _) => State::Judged,
        };
        let steps = if state == State::Judged { steps(record, lesson, manifest, class) } else { open_steps(manifest) };
        Self {
            name: lesson.name().to_owned(),
            state,
            points: steps.iter().map(|step| step.points).sum(),
            of: steps.iter().map(|step| step.of).sum(),
            seconds: record.seconds,
            build_seconds: record.build_seconds,
            judged_before: (age == Age::Known && state == State::Judged).then(|| record.at.clone()),
            source: handed_in.map(HandedIn::id).unwrap_or_default(),
            notes: handed_in.map(|handed_in| handed_in.notes.clone()).unwrap_or_default(),
            trouble: if state == State::Judged { record.trouble.clone() } else { None },
            steps,
        }
    }

    /// The first thing that stands in the way, in a line.
    fn first_reason(&self) -> Option<String> {
        let short = &self.name;
        let step = self.steps.iter().find(|step| step.status != Status::Passed)?;
        Some(match (self.state, &self.trouble, &step.explanation) {
            (State::Missing, ..) => format!("{short} was not handed in"),
            (State::NotBegun, ..) => format!("{short} is as it was handed out"),
            (State::Judged, Some(trouble), _) => format!("{short}: {}", trouble.line()),
            (State::Judged, None, Some(explanation)) => format!("{short}: {}", explanation.change),
            (State::Judged, None, None) => format!("{short}: {}", step.reason.as_deref().unwrap_or(&step.title)),
        })
    }
}

fn is_starter(handed_in: &HandedIn, lesson: &Lesson, class: &Class) -> bool {
    let original = class.originals.iter().find(|original| original.lesson == *lesson);
    original.is_some_and(|original| !handed_in.is_begun(original))
}

/// Nothing is known of them.
fn open_steps(manifest: &Manifest) -> Vec<GradedStep> {
    let open = |step: &lab::course::manifest::Step| GradedStep {
        check: step.check.name.to_owned(),
        title: step.title.clone(),
        status: Status::NotJudged,
        points: 0,
        of: step.weight,
        seconds: None,
        explanation: None,
        reason: None,
    };
    manifest.steps.iter().map(open).collect()
}

/// A step that passes before anything is written says nothing of a student, unless all before it are done.
fn steps(record: &Record, lesson: &Lesson, manifest: &Manifest, class: &Class) -> Vec<GradedStep> {
    let made: BTreeMap<_, _> =
        record.checks.iter().map(|(check, outcome, at)| (check.as_str(), (outcome, *at))).collect();
    let mut steps = open_steps(manifest);
    let mut all_done = true;
    for step in &mut steps {
        if let Some((outcome, at)) = made.get(step.check.as_str()) {
            step.seconds = Some(*at);
            match outcome {
                Outcome::Passed if all_done || !class.starter_passes(lesson, &step.check) => {
                    step.status = Status::Passed;
                    step.points = step.of;
                }
                Outcome::Passed => {
                    step.status = Status::NotCounted;
                    step.reason =
                        Some("it passes at the start, too, and counts once the steps before it are done".to_owned());
                }
                Outcome::Failed(explanation) => {
                    step.status = Status::Failed;
                    step.explanation = Some(explanation.clone());
                }
                Outcome::NotJudged(reason) => step.reason = Some(reason.clone()),
            }
        }
        all_done &= step.status == Status::Passed;
    }
    steps
}

impl LessonOfClass {
    fn of<'a>(lesson: &Lesson, manifest: &Manifest, graded: impl Iterator<Item = &'a GradedLesson>) -> Self {
        let handed_in: Vec<_> = graded.filter(|graded| graded.state != State::Missing).collect();
        let steps = manifest.steps.iter().enumerate();
        let steps = steps.map(|(index, step)| StepOfClass {
            check: step.check.name.to_owned(),
            title: step.title.clone(),
            passed: handed_in.iter().filter(|graded| graded.steps[index].status == Status::Passed).count(),
            of: handed_in.len(),
            reasons: most_frequent(handed_in.iter().filter_map(|graded| reason(graded, index))),
        });
        Self {
            name: lesson.name().to_owned(),
            title: manifest.title.clone(),
            of: manifest.steps.iter().map(|step| step.weight).sum(),
            steps: steps.collect(),
        }
    }
}

/// Why a step is not done, in words that others may share. A mistake in one step often makes later ones fail, too, so only
/// the first is named.
fn reason(graded: &GradedLesson, index: usize) -> Option<String> {
    let step = graded.steps.get(index)?;
    let is_first = graded.steps.iter().take(index).all(|step| step.status == Status::Passed);
    match (step.status, &step.explanation, &graded.trouble) {
        (Status::Passed, ..) => None,
        (Status::Failed, ..) if !is_first => Some(AFTER_ANOTHER.to_owned()),
        (_, Some(explanation), _) => Some(explanation.change.clone()),
        (_, None, Some(trouble)) => Some(trouble.title().to_owned()),
        (Status::NotCounted, ..) => Some(AFTER_ANOTHER.to_owned()),
        _ if graded.state == State::NotBegun => Some("It is as it was handed out.".to_owned()),
        _ => Some("It could not be judged.".to_owned()),
    }
}

fn most_frequent(reasons: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    reasons.for_each(|reason| *counts.entry(reason).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}
