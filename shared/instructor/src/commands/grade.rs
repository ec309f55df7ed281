//! `cargo lab grade`: what a class has earned.
//!
//! What students wrote runs here, when it is built and when it is judged. From the top:
//!
//! - this file: what was typed
//! - [`formats`]: the report as a table, JSON, JUnit, CSV and HTML
//! - [`report`] and [`similarity`]: points, and who shares what
//! - [`class`]: each lesson of each submission judged once, several at a time; [`record`]: what is known by now
//! - [`container`]: the whole grader in Docker, where there is no sandbox on the machine itself
//! - [`isolation`]: the judge, started in a sandbox; [`judge`]: what it does in there; [`confined`]: a student's program,
//!   in another sandbox inside of that; [`sandbox`] and [`memory`]: what these may not do
//! - [`recipe`]: how a lesson is built without cargo
//! - [`handed_in`], [`submission`] and [`tree`]: what was handed in
//! - [`protocol`] and [`text`]: what the judge tells, and text of somebody else made harmless

mod class;
mod confined;
mod container;
mod formats;
mod handed_in;
mod isolation;
mod judge;
mod memory;
mod protocol;
mod recipe;
mod record;
mod report;
mod sandbox;
mod similarity;
mod submission;
mod text;
mod tree;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use lab::course::{Course, Program};
use lab::machine::signals;
use lab::problem::{Exit, Problem, Result};
use lab::screen::report as screen;

pub use formats::Format;

use class::{Class, Manner, Student};
use handed_in::Original;
use isolation::Isolation;
use report::Report;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Submissions, or folders of some: copies of the course or folders of a lesson, each as a folder, a git repository, a
    /// git bundle or a ZIP
    #[arg(required = true, value_name = "DIR")]
    pub submissions: Vec<PathBuf>,
    /// The lessons, by number or name, such as 01,03. Without it, all that anybody has begun
    #[arg(long, value_delimiter = ',')]
    pub lessons: Vec<String>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write the report to a new file
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How many are judged at a time. Without it, three for two processors: a check waits half of its time
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,
    /// How long each lesson of a submission may take, the build included
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// Judge anew what was judged before
    #[arg(long)]
    pub again: bool,
    /// Run what students wrote with all your rights, without a sandbox
    #[arg(long)]
    pub no_sandbox: bool,
    /// This is the container that it happens in where the machine itself has no sandbox
    #[arg(long, hide = true)]
    pub in_container: bool,
}

/// What the grader starts to do its work, and nobody types.
#[derive(Debug, Subcommand)]
pub enum Part {
    /// Judge what standard input names, in a sandbox
    #[command(hide = true)]
    Judge,
    /// Become a student's program, in a sandbox of its own
    #[command(hide = true)]
    StartProgram(Handed),
    /// Become the compiler, once the call is written down
    #[command(hide = true)]
    RecordCompiler(Handed),
}

/// What a part of the grader is handed.
#[derive(Debug, Args)]
pub struct Handed {
    /// The file or folder that it works with
    pub place: PathBuf,
    /// What is run
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

impl Part {
    /// Does its part.
    ///
    /// # Errors
    ///
    /// When it cannot.
    pub fn run(self) -> Result<Exit> {
        match self {
            Self::Judge => judge::run(),
            Self::StartProgram(handed) => become_program(confined::Start::command(&handed.place, &handed.arguments)?),
            Self::RecordCompiler(handed) => become_program(recipe::record_call(&handed.place, &handed.arguments)?),
        }
    }
}

/// Judges submissions, and says what they have earned.
///
/// # Errors
///
/// When a submission is not there, there is no sandbox, or the course cannot be built.
pub async fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    if let Some(file) = typed.output.as_deref().filter(|file| file.exists()) {
        return Err(Problem::usage(format!("{} is there already", file.display()))
            .advice("Nothing was judged. Name another file, or move this one away."));
    }
    let (text, exit) = tokio::select! {
        biased;
        _ = signals::stop() => {
            screen::note("Interrupted. What was judged is kept: type the same again, and it goes on from there.");
            return Ok(Exit::Interrupted);
        }
        graded = graded(typed, course) => graded?,
    };
    match &typed.output {
        // The reason stands on the screen.
        _ if text.is_empty() => {}
        None => screen::line(text.trim_end()),
        Some(file) => {
            write_new(file, &anstream::adapter::strip_str(&text).to_string()).map_err(|error| unwritten(&error))?;
            screen::note(format!("The report is in {}.", file.display()));
        }
    }
    Ok(exit)
}

/// The report, wherever it is made.
async fn graded(typed: &Typed, course: &Course) -> Result<(String, Exit)> {
    let isolation = match typed.no_sandbox {
        true => Isolation::None,
        false => match isolation::find(typed.in_container).await {
            Ok(isolation) => isolation,
            Err(_) if !typed.in_container && container::engine_answers().await => {
                return container::grade(&typed.submissions, again_typed(typed), course).await;
            }
            Err(problem) => return Err(problem),
        },
    };
    let report = grade(typed, course, isolation).await?;
    let text = formats::write(typed.format, &report).map_err(|error| unwritten(&error))?;
    Ok((text, if report.is_whole() { Exit::Done } else { Exit::NotJudged }))
}

/// What was typed beside the submissions, for the grader in a container.
fn again_typed(typed: &Typed) -> Vec<String> {
    let format = typed.format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let mut arguments = vec![format!("--format={format}"), format!("--timeout={}", typed.timeout)];
    arguments.extend(typed.lessons.iter().map(|lesson| format!("--lessons={lesson}")));
    arguments.extend(typed.jobs.map(|jobs| format!("--jobs={jobs}")));
    arguments.extend(typed.again.then(|| "--again".to_owned()));
    arguments
}

/// Compiles all lessons, so that a container has nothing left to compile but what students wrote.
///
/// # Errors
///
/// When one cannot be built.
pub async fn compile_lessons(course: &Course) -> Result<Exit> {
    let recipes = class::folder(course).join(class::RECIPES);
    for lesson in course.lessons() {
        let program = Program { lesson: lesson.clone(), solution: false };
        recipe::Recipe::record(course, &program, &recipes).await?;
    }
    Ok(Exit::Done)
}

fn unwritten(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(format!("the report cannot be written: {error}"))
        .advice("What was judged is kept: type the same again, and it takes no time.")
}

/// All of it or nothing, and never over another file.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

async fn grade(typed: &Typed, course: &Course, isolation: Isolation) -> Result<Report> {
    let submissions = submission::find(&typed.submissions)?;
    let chosen = typed.lessons.iter().map(|typed| course.lesson(typed)).collect::<Result<Vec<_>>>()?;
    screen::note(screen::wrapped("Isolation: ", &format!("{isolation}.")));
    let lessons = if chosen.is_empty() { course.lessons().iter().collect() } else { chosen };
    let mut originals = lessons.into_iter().map(|lesson| Original::of(course, lesson)).collect::<Result<Vec<_>>>()?;
    let students: Vec<_> = submissions.iter().map(|submission| Student::of(submission, &originals)).collect();
    if typed.lessons.is_empty() {
        only_what_counts(&mut originals, &students);
    }
    let manner = Manner {
        isolation,
        jobs: typed.jobs.map_or_else(|| (processors() * 3).div_ceil(2), usize::from),
        time: Duration::from_secs(typed.timeout),
        again: typed.again,
    };
    Report::of(course, &Class::judge(course, students, originals, manner).await?)
}

/// The lessons that anybody has begun. If nobody has, those that were handed in.
fn only_what_counts(originals: &mut Vec<Original>, students: &[Student]) {
    let handed_in = |original: &Original| {
        students.iter().filter_map(|student| student.lessons.get(original.lesson.name())).collect::<Vec<_>>()
    };
    let is_begun = |original: &Original| handed_in(original).iter().any(|handed_in| handed_in.is_begun(original));
    if originals.iter().any(is_begun) {
        originals.retain(is_begun);
    } else {
        originals.retain(|original| !handed_in(original).is_empty());
    }
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(unix)]
fn become_program(mut command: Command) -> Result<Exit> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(Problem::new(format!("cannot run {}: {error}", command.get_program().to_string_lossy())))
}

#[cfg(not(unix))]
fn become_program(mut command: Command) -> Result<Exit> {
    let status = command.status().map_err(|error| Problem::new(format!("cannot run it: {error}")))?;
    Ok(Exit::App(lab::machine::foreground::exit_code(status)))
}
