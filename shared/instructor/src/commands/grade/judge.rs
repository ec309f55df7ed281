//! The judge, in the outer sandbox: builds what a student wrote, starts it, and makes each check.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;
use std::{process, thread};

use checks::launch::LaunchError;
use checks::side_by_side::{self, AT_ONCE};
use checks::subject::StartError;
use checks::{Subject, lessons};
use futures_util::StreamExt;
use lab::course::{Lesson, Program};
use lab::judge::does_not_start;
use lab::problem::{Exit, Problem, Result};
use tokio::process::Command;

use super::confined::Start;
use super::memory;
use super::protocol::{Assignment, Call, Confinement, Event};
use super::sandbox::{self, Inmate, Sandbox};
use super::text;

/// The most bytes that are read of what a compiler says.
const MOST_WORDS: u64 = 64 << 10;
/// How often it is looked how much memory a student's programs take.
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);

/// Reads an assignment, and does it.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn run() -> Result<Exit> {
    let mut assignment = String::new();
    io::stdin().read_to_string(&mut assignment).map_err(|error| unreadable(&error))?;
    let assignment: Assignment = serde_json::from_str(&assignment).map_err(|error| unreadable(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| unreadable(&error))?;
    if assignment.confinement.is_some() {
        thread::spawn(watch_memory);
    }
    let end = runtime.block_on(judge(&assignment)).unwrap_or_else(|end| end);
    tell(&end);
    Ok(Exit::Done)
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(format!("the judge has nothing to judge: {error}"))
}

/// A line for whoever started the judge.
fn tell(event: &Event) {
    let mut line = serde_json::to_string(event).unwrap_or_default();
    line.push('\n');
    let mut stdout = io::stdout().lock();
    if stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).is_err() {
        // Nobody waits for the verdict any more.
        process::exit(Exit::NotJudged.code().into());
    }
}

/// The last event, however it comes to that.
async fn judge(assignment: &Assignment) -> Result<Event, Event> {
    if let Some(confinement) = assignment.confinement {
        try_confinement(confinement).await?;
        tell(&Event::Confined);
    }
    let Some(lesson) = &assignment.lesson else { return Ok(Event::Ended) };
    fs::create_dir_all(&assignment.places.work).map_err(unable)?;
    for call in &assignment.calls {
        compile(call, assignment).await?;
    }
    tell(&Event::Compiled);
    let lesson = Lesson::from_folder(lesson).ok_or_else(|| Event::Unable(format!("there is no lesson {lesson}")))?;
    let program = Program { lesson, solution: false };
    let executable = executable(&program, assignment).map_err(unable)?;
    let subject = Subject::start(program.lesson.name(), executable).await.map_err(|error| match error {
        StartError::Launch(LaunchError::Ended { log, .. }) if sandbox::could_not_be_made(&log) => unable(log),
        StartError::Launch(error) => Event::NotStarted(words(&does_not_start(&program, error))),
        StartError::Database(error) => unable(error),
        StartError::Service(error) => unable(error),
    })?;
    let mut verdicts = pin!(side_by_side::run(lessons::of(program.lesson.name()), &subject, AT_ONCE));
    while let Some((check, verdict)) = verdicts.next().await {
        tell(&Event::Judged { check: check.name.to_owned(), outcome: verdict.into() });
    }
    Ok(Event::Ended)
}

fn unable(error: impl std::fmt::Display) -> Event {
    Event::Unable(text::words(&error.to_string()))
}

fn words(problem: &Problem) -> String {
    let parts = [&problem.message, &problem.quoted, &problem.advice];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    text::words(&parts.join("\n\n"))
}

/// Whether an inner sandbox can be made at all.
async fn try_confinement(confinement: Confinement) -> Result<(), Event> {
    let sandbox = Sandbox::inner(Inmate::Program, confinement.user, confinement.cpu_seconds);
    let (program, arguments) = sandbox.command(Path::new("/tmp"), &["true".into()]);
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().await.map_err(unable)?;
    if output.status.success() { Ok(()) } else { Err(unable(String::from_utf8_lossy(&output.stderr).trim_end())) }
}

/// Makes a call of the compiler.
async fn compile(call: &Call, assignment: &Assignment) -> Result<(), Event> {
    let said = assignment.places.work.join("compiler.log");
    let log = File::create(&said).map_err(unable)?;
    let (program, arguments) = compiler(call, assignment).map_err(unable)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&assignment.places.course).envs(&call.variables);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    let status = command.status().await.map_err(unable)?;
    if status.success() {
        return Ok(());
    }
    let mut said_by_compiler = Vec::new();
    let log = File::open(&said).map_err(unable)?;
    log.take(MOST_WORDS).read_to_end(&mut said_by_compiler).map_err(unable)?;
    let said_by_compiler = String::from_utf8_lossy(&said_by_compiler);
    if sandbox::could_not_be_made(&said_by_compiler) {
        return Err(unable(said_by_compiler));
    }
    let said = text::words(&first_error(&said_by_compiler));
    let said = if said.is_empty() { format!("The compiler was stopped ({status}).") } else { said };
    Err(Event::NotCompiled(said))
}

/// From the first error on: warnings stand before it.
fn first_error(said: &str) -> String {
    let lines: Vec<_> = said.lines().skip_while(|line| !line.starts_with("error")).collect();
    if lines.is_empty() { said.to_owned() } else { lines.join("\n") }
}

fn compiler(call: &Call, assignment: &Assignment) -> io::Result<(PathBuf, Vec<OsString>)> {
    let places = &assignment.places;
    let program = places.toolchain.join("bin/rustc");
    let arguments = call.arguments.iter().map(OsString::from);
    let Some(Confinement { user, cpu_seconds }) = assignment.confinement else {
        return Ok((program, arguments.collect()));
    };
    let mut sandbox = Sandbox::inner(Inmate::Compiler, user, cpu_seconds);
    for path in [&places.toolchain, &places.dependencies, &places.course] {
        sandbox.read(path, &path.display().to_string());
    }
    give(&places.work, user)?;
    sandbox.write(&places.work, &places.work);
    let program: Vec<_> = [program.into_os_string()].into_iter().chain(arguments).collect();
    Ok(sandbox.command(&places.course, &program))
}

/// Lets a user write to a folder.
fn give(folder: &Path, user: Option<u32>) -> io::Result<()> {
    #[cfg(unix)]
    if user.is_some() {
        std::os::unix::fs::lchown(folder, user, user)?;
    }
    Ok(())
}

/// The program that a check starts.
fn executable(program: &Program, assignment: &Assignment) -> io::Result<PathBuf> {
    let made = &assignment.places.work;
    let Some(confinement) = assignment.confinement else { return Ok(made.join(program.package())) };
    // What the compiler could write to, a student's code could, too: so the program is copied out of there.
    let folder = std::env::temp_dir().join("judged");
    let [program_folder, script_folder] = ["program", "script"].map(|name| folder.join(name));
    fs::create_dir_all(&program_folder)?;
    fs::create_dir_all(&script_folder)?;
    let file = program.package();
    copy_file(&made.join(&file), &program_folder.join(&file))?;
    std::env::set_current_dir(&program_folder)?;
    Start { folder: program_folder, file, confinement }.write_script(&script_folder)
}

/// A file, and no link in its place.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    if !from.symlink_metadata()?.is_file() {
        return Err(io::Error::other("what was built is no program"));
    }
    fs::copy(from, to)?;
    fs::remove_file(from)
}

/// Stops what takes too much memory all together. Each process has a bound of its own beside this.
fn watch_memory() {
    loop {
        if memory::stop_what_takes_too_much() {
            tell(&Event::Stopped(format!("it took more than {} GB of memory", memory::MOST_BYTES >> 30)));
        }
        thread::sleep(MEMORY_INTERVAL);
    }
}
