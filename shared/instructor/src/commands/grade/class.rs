//! A class, judged: each lesson of each submission once, several at a time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use lab::course::{Course, Lesson, Program};
use lab::problem::{Problem, Result};
use lab::screen::report;
use tempfile::TempDir;
use tokio::time::Instant;

use super::handed_in::{HandedIn, Original};
use super::isolation::{self, End, Isolation};
use super::protocol::{Assignment, Outcome};
use super::recipe::Recipe;
use super::record::{Record, Records, Trouble};
use super::submission::Submission;
use crate::lock;

/// How each lesson is built, in the folder of grades.
pub(super) const RECIPES: &str = "recipes";

/// Where the grader keeps what it knows.
pub(super) fn folder(course: &Course) -> PathBuf {
    course.root().join(".lab/grades")
}

/// How a class is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) isolation: Isolation,
    pub(super) jobs: usize,
    /// How long each lesson of a submission may take.
    pub(super) time: Duration,
    pub(super) again: bool,
}

/// What was handed in by one student.
#[derive(Debug)]
pub(super) struct Student {
    pub(super) name: String,
    pub(super) kind: &'static str,
    /// Git's id of the files.
    pub(super) tree: String,
    /// Why nothing of it can be judged.
    pub(super) problem: Option<String>,
    pub(super) notes: Vec<String>,
    /// By the name of the lesson.
    pub(super) lessons: BTreeMap<String, HandedIn>,
}

/// A class that was judged.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) students: Vec<Student>,
    pub(super) originals: Vec<Original>,
    /// What came out, by the lesson and the id of its source code.
    records: BTreeMap<(String, String), (Record, Age)>,
    /// The checks that a lesson passes before anything is written.
    passed_by_starter: BTreeMap<String, BTreeSet<String>>,
    pub(super) isolation: Isolation,
}

/// Whether something was judged in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    New,
    /// The same source code was judged before.
    Known,
}

impl Student {
    /// Takes what was handed in.
    pub(super) fn of(submission: &Submission, originals: &[Original]) -> Self {
        let mut student = Self {
            name: submission.name.clone(),
            kind: submission.kind(),
            tree: String::new(),
            problem: None,
            notes: Vec::new(),
            lessons: BTreeMap::new(),
        };
        match submission.take() {
            Err(problem) => student.problem = Some(problem),
            Ok(taken) => {
                student.tree = taken.tree.id();
                student.notes = taken.notes;
                let found = originals.iter().filter_map(|original| {
                    Some((original.lesson.name().to_owned(), HandedIn::find(&taken.tree, original)?))
                });
                student.lessons = found.collect();
                if student.lessons.is_empty() {
                    let names: Vec<_> = originals.iter().map(|original| original.lesson.name()).collect();
                    student.problem = Some(match taken.tree.is_empty() {
                        true => "it is empty".to_owned(),
                        false => format!(
                            "it has none of the lessons that are judged ({}): each should be in lessons/NN-name, or be the \
                             folder that was handed in",
                            names.join(", ")
                        ),
                    });
                }
            }
        }
        student
    }
}

impl Class {
    /// Judges all that was begun of these lessons.
    ///
    /// # Errors
    ///
    /// When the course itself cannot be built, or nothing can be written.
    pub(super) async fn judge(
        course: &Course,
        students: Vec<Student>,
        originals: Vec<Original>,
        manner: Manner,
    ) -> Result<Self> {
        let grades = folder(course);
        let _alone = alone(&grades).await?;
        let records = Records::open(grades.join("results"), manner.time.as_secs(), manner.again)?;
        let mut class = Self {
            students,
            originals,
            records: BTreeMap::new(),
            passed_by_starter: BTreeMap::new(),
            isolation: manner.isolation,
        };
        let mut jobs = Vec::new();
        for original in &class.originals {
            let begun = class.begun(original);
            if begun.is_empty() {
                continue;
            }
            let program = Program { lesson: original.lesson.clone(), solution: false };
            let recipe = Recipe::record(course, &program, &grades.join(RECIPES)).await?;
            let judge = judge_id(original, &recipe, manner.isolation)?;
            let starter = Job::new(original, &recipe, &judge, original.starter(), "the starter".to_owned());
            jobs.push(starter);
            for (handed_in, names) in begun {
                jobs.push(Job::new(original, &recipe, &judge, handed_in, names.join(", ")));
            }
        }
        let all = judge_all(&jobs, &records, manner).await?;
        for (job, (record, age)) in jobs.iter().zip(all) {
            if let (true, None) = (job.is_starter(), &record.trouble) {
                let passed = record.checks.iter().filter(|(_, outcome, _)| *outcome == Outcome::Passed);
                let passed = passed.map(|(check, ..)| check.clone()).collect();
                class.passed_by_starter.insert(job.original.lesson.name().to_owned(), passed);
            }
            class.records.insert((job.original.lesson.name().to_owned(), job.source.clone()), (record, age));
        }
        Ok(class)
    }

    /// What came out of a student's lesson. Nothing if it was not begun.
    pub(super) fn record(&self, lesson: &Lesson, handed_in: &HandedIn) -> Option<&(Record, Age)> {
        self.records.get(&(lesson.name().to_owned(), handed_in.id()))
    }

    /// Whether a lesson passes a check before anything is written, as far as is known: a starter that could not be judged
    /// might pass each.
    pub(super) fn starter_passes(&self, lesson: &Lesson, check: &str) -> bool {
        self.passed_by_starter.get(lesson.name()).is_none_or(|passed| passed.contains(check))
    }

    /// The different source codes of a lesson, with the names of those who handed them in.
    fn begun(&self, original: &Original) -> Vec<(HandedIn, Vec<String>)> {
        let mut begun: BTreeMap<String, (HandedIn, Vec<String>)> = BTreeMap::new();
        for student in &self.students {
            let handed_in = student.lessons.get(original.lesson.name());
            if let Some(handed_in) = handed_in.filter(|handed_in| handed_in.is_begun(original)) {
                let (_, names) = begun.entry(handed_in.id()).or_insert_with(|| (handed_in.clone(), Vec::new()));
                names.push(student.name.clone());
            }
        }
        let mut begun: Vec<_> = begun.into_values().collect();
        begun.sort_by(|one, other| one.1.cmp(&other.1));
        begun
    }
}

/// Waits until no other grader works with this copy of the course: they would build its lessons in the same place.
async fn alone(grades: &Path) -> Result<File> {
    let unlocked = |error: io::Error| Problem::new(format!("the grader cannot write to .lab/grades: {error}"));
    let wait = "Another `cargo lab grade` works with this copy of the course. This one waits until it is done.";
    fs::create_dir_all(grades).map_err(unlocked)?;
    lock::of(&grades.join("lock"), || report::note(wait)).await.map_err(unlocked)
}

/// All that decides about a verdict, but for the student's code: the judge itself, and what it judges by.
fn judge_id(original: &Original, recipe: &Recipe, isolation: Isolation) -> Result<String> {
    let this = std::env::current_exe().and_then(fs::read);
    let this = this.map_err(|error| Problem::new(format!("the grader cannot read its own program: {error}")))?;
    let parts = [this, original.id().into_bytes(), recipe.id().into_bytes(), isolation.to_string().into_bytes()];
    Ok(super::tree::hash(parts))
}

/// The source code of a lesson, to be judged.
struct Job<'a> {
    original: &'a Original,
    recipe: Recipe,
    handed_in: HandedIn,
    source: String,
    /// By what name its record is kept.
    record_name: String,
    /// Who handed it in.
    names: String,
}

impl<'a> Job<'a> {
    fn new(original: &'a Original, recipe: &Recipe, judge: &str, handed_in: HandedIn, names: String) -> Self {
        let source = handed_in.id();
        let record_name = format!("{}-{source}-{judge}", original.lesson.name());
        Self { original, recipe: recipe.clone(), handed_in, source, record_name, names }
    }

    fn is_starter(&self) -> bool {
        !self.handed_in.is_begun(self.original)
    }

    /// Judges it, unless that is known.
    async fn judge(&self, records: &Records, manner: Manner, slot: u32) -> Result<(Record, Age)> {
        if let Some(record) = records.get(&self.record_name) {
            return Ok((record, Age::Known));
        }
        let unwritable = |error: io::Error| Problem::new(format!("the grader cannot write to its disk: {error}"));
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let mut record = match self.lay_out(&folder) {
            Err(error) => Record { trouble: Some(Trouble::NotCompiled(error)), ..Record::default() },
            Ok((course, work)) => self.judge_at(&course, &work, manner, slot).await.map_err(unwritable)?,
        };
        record.timeout_seconds = manner.time.as_secs();
        record.isolation = manner.isolation.to_string();
        record.at = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        records.put(&self.record_name, &record)?;
        Ok((record, Age::New))
    }

    /// Writes the crate: what the student wrote, and everything else as it was handed out.
    fn lay_out(&self, folder: &TempDir) -> Result<(PathBuf, PathBuf), String> {
        let [course, work] = ["course", "made"].map(|name| folder.path().join(name));
        let own = course.join("lessons").join(self.original.lesson.name());
        let write = || {
            fs::create_dir_all(&work)?;
            for (path, content) in self.original.with(&self.handed_in) {
                let path = own.join(path_of(&path)?);
                fs::create_dir_all(path.parent().unwrap_or(&own))?;
                fs::write(path, content)?;
            }
            open_to_all(folder.path())
        };
        write().map_err(|error: io::Error| format!("its files cannot be written side by side: {error}"))?;
        Ok((course, work))
    }

    async fn judge_at(&self, course: &Path, work: &Path, manner: Manner, slot: u32) -> io::Result<Record> {
        let Manner { isolation, time, .. } = manner;
        let (places, mounts) = isolation.places(&self.recipe, course, work);
        let assignment = Assignment {
            lesson: Some(self.original.lesson.name().to_owned()),
            calls: self.recipe.at(&places),
            places,
            confinement: isolation.confinement(slot, time),
        };
        let started = Instant::now();
        let mut record = Record::default();
        let end = isolation::run(isolation, &mounts, &assignment, time, |event| {
            record.add(event, started.elapsed().as_secs_f64());
        });
        let end = end.await?;
        record.seconds = started.elapsed().as_secs_f64();
        match end {
            End::ByItself => {}
            End::OutOfTime => record.trouble = Some(Trouble::OutOfTime(self.out_of_time(&record, time))),
            // What was stopped for a reason has that one.
            End::Broken(words) => record.trouble = record.trouble.or(Some(Trouble::NotJudged(words))),
        }
        Ok(record)
    }

    fn out_of_time(&self, record: &Record, time: Duration) -> String {
        let seconds = time.as_secs();
        let made = record.checks.len();
        match record.build_seconds > 0.0 {
            false => format!("It was stopped after {seconds} seconds, while it was built."),
            true => format!("It was stopped after {seconds} seconds, at step {}.", made + 1),
        }
    }

    /// A line about it, once it is judged.
    fn line(&self, record: &Record, age: Age) -> String {
        let passed = record.checks.iter().filter(|(_, outcome, _)| *outcome == Outcome::Passed).count();
        let made = record.checks.len();
        let known = if age == Age::Known { ", known from before" } else { "" };
        let lesson = self.original.lesson.name();
        match &record.trouble {
            Some(trouble) => format!("{}: {lesson}: {} ({:.0} s{known})", self.names, trouble.title(), record.seconds),
            None => {
                format!("{}: {lesson}: {passed} of {made} checks pass ({:.0} s{known})", self.names, record.seconds)
            }
        }
    }
}

/// A path of a submission, if it stays in its folder.
fn path_of(path: &[u8]) -> io::Result<PathBuf> {
    let is_inside = path.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."));
    if !is_inside || path.contains(&0) {
        return Err(io::Error::other("a path leads out of the folder"));
    }
    #[cfg(unix)]
    return Ok(PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path)));
    #[cfg(not(unix))]
    Ok(PathBuf::from(String::from_utf8_lossy(path).into_owned()))
}

/// Whoever compiles it is another user.
fn open_to_all(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

/// Judges them in their order, several at a time, and says so.
async fn judge_all(jobs: &[Job<'_>], records: &Records, manner: Manner) -> Result<Vec<(Record, Age)>> {
    let slots = RefCell::new((0..manner.jobs as u32).collect::<Vec<_>>());
    let style = ProgressStyle::with_template("{spinner} {elapsed:>4} {pos} of {len} judged {wide_msg}");
    let bar = ProgressBar::new(jobs.len() as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(125));
    let work = jobs.iter().map(|job| async {
        let slot = slots.borrow_mut().pop().unwrap_or_default();
        bar.set_message(job.names.clone());
        let judged = job.judge(records, manner, slot).await;
        slots.borrow_mut().push(slot);
        if let Ok((record, age)) = &judged {
            bar.suspend(|| report::note(job.line(record, *age)));
        }
        bar.inc(1);
        judged
    });
    let judged: Vec<_> = stream::iter(work).buffered(manner.jobs).collect().await;
    bar.finish_and_clear();
    judged.into_iter().collect()
}
