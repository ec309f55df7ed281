//! What the lessons need of the network: nothing, once all is here.

use std::env;
use std::path::PathBuf;

use checks::services::ServiceError;
use checks::subject::StartError;
use checks::{Subject, Verdict, lessons};
use tokio::process::Command;

use super::finding::Finding;
use super::program::{Word, ask};
use crate::course::{Course, Program};
use crate::machine::cargo::{self, BuildError};
use crate::machine::{images, network};
use crate::screen::progress_line;

const NEEDED_FOR: &str = "the course without network";
const WHOLE_STACK: &str = "the stack in Docker; no lesson needs it";
const FETCH: &str = "While there is a network: cargo lab prefetch";

/// This program once more, with no network but its own loopback; nothing where there is none anyway, or no way to do without.
pub(super) async fn without_network() -> Option<Command> {
    if network::is_cut_off() {
        return None;
    }
    let mut words = network::cut().await?.into_iter();
    let mut command = Command::new(words.next()?);
    command.args(words).arg(env::current_exe().ok()?).args(env::args_os().skip(1)).arg("--cut-off");
    Some(command)
}

/// How much of a proof it is.
pub(super) fn network(cut_off_for_this: bool) -> Finding {
    let finding = |found: &str| Finding::good("cut off", "the proof", found);
    match (network::is_cut_off(), cut_off_for_this) {
        (true, true) => finding("yes: what ran here had nothing but its own loopback"),
        (true, false) => finding("yes: this machine has no network now"),
        (false, _) => Finding::good("cut off", "the proof", "no, only cargo was told not to use it").doubtful(
            "This system has no way to run a program without network, or does not allow it. For a proof, switch the \
             network off, and type it again.",
        ),
    }
}

/// Whether all crates are here, those of the tests included.
pub(super) async fn crates(course: &Course) -> Finding {
    let finding = |found: String| Finding::good("crates", NEEDED_FOR, found).required();
    match cargo::has_all_crates(course.root()).await {
        Ok(()) => finding("all that Cargo.lock names for this machine are here".into()),
        Err(words) => finding(first_line(&words)).missing(FETCH),
    }
}

/// Each program of the course that is here: a lesson's branch has no solutions.
pub(super) async fn lessons(course: &Course) -> Vec<Finding> {
    let mut findings = Vec::new();
    for program in course.programs().filter(|program| course.root().join(program.folder()).is_dir()) {
        findings.push(lesson(course, &program).await);
    }
    findings
}

/// Builds a program, starts it, and lets the first check of its lesson ask for its page. What that says of the page is
/// nobody's concern here.
async fn lesson(course: &Course, program: &Program) -> Finding {
    let finding = |found: String| Finding::good(program.folder(), NEEDED_FOR, found).required();
    let executable = match cargo::build_offline(course.root(), &program.package()).await {
        Ok(built) => built.executable,
        Err(error) => return not_built(program, error),
    };
    match progress_line::show(format!("running {}", program.package()), answer(program, executable)).await {
        Ok(()) => finding("builds, runs and answers".into()),
        Err(NoAnswer::Missing(what)) => finding(format!("builds; not run: {what}"))
            .doubtful("`cargo lab doctor` says how to get it on this system, while there is a network."),
        Err(NoAnswer::Program(words)) if program.solution => finding(format!("builds, but does not run: {words}"))
            .missing("Type it again with a network: if it does not run then either, that is not the reason."),
        Err(NoAnswer::Program(words)) => finding(format!("builds, but does not run: {words}")).doubtful(format!(
            "That is likely the code and not the network: `cargo lab check {}` says more.",
            program.arguments()
        )),
    }
}

fn not_built(program: &Program, error: BuildError) -> Finding {
    let finding = |found: String| Finding::good(program.folder(), NEEDED_FOR, found).required();
    match error {
        BuildError::Code(_) if !program.solution => finding("does not compile".into()).doubtful(format!(
            "That is the code and not the network: `cargo lab check {}` shows it.",
            program.arguments()
        )),
        BuildError::Code(_) => finding("does not compile".into()).missing(format!(
            "That is the code and not the network: `cargo lab check {}` shows it.",
            program.arguments()
        )),
        BuildError::Cargo(words) => finding(format!("cannot be built: {}", first_line(&words))).missing(FETCH),
        BuildError::Start(error) => {
            finding(format!("cargo does not run: {error}")).missing("`cargo lab doctor` says more.")
        }
    }
}

/// Why a program does not answer.
enum NoAnswer {
    /// A server that it needs is not on this machine.
    Missing(String),
    /// It does not start, or says nothing. These are the first of its words.
    Program(String),
}

async fn answer(program: &Program, executable: PathBuf) -> Result<(), NoAnswer> {
    let subject = match Subject::start(program.lesson.name(), executable).await {
        Ok(subject) => subject,
        Err(StartError::Service(error @ (ServiceError::Missing { .. } | ServiceError::NoUser))) => {
            return Err(NoAnswer::Missing(first_line(&error.to_string())));
        }
        Err(error) => return Err(NoAnswer::Program(first_line(&error.to_string()))),
    };
    let Some(check) = lessons::of(program.lesson.name()).next() else { return Ok(()) };
    match check.run(&subject).await {
        Verdict::Passed | Verdict::Failed(_) => Ok(()),
        Verdict::NotRun(reason) => Err(NoAnswer::Program(first_line(&reason))),
    }
}

/// The images that the stack is made of. Those of the lessons are built from them.
pub(super) async fn images(course: &Course) -> Vec<Finding> {
    let finding = |name: &str, found: &str| Finding::good(name, WHOLE_STACK, found);
    if !matches!(ask("docker", &["version"]).await, Word::Line(_)) {
        let advice = "`cargo lab doctor` says how to get it, if you want the stack in Docker.";
        return vec![finding("Docker", "not here, or not running: no image was looked for").doubtful(advice)];
    }
    let names = match images::named(course.root()) {
        Ok(names) => names,
        Err(error) => return vec![finding("docker-compose.yml", &format!("cannot be read: {error}")).doubtful(FETCH)],
    };
    let mut findings = Vec::new();
    for name in names {
        findings.push(match images::size(&name).await {
            Some(_) => finding(&name, "here"),
            None => finding(&name, "not here").doubtful(FETCH),
        });
    }
    findings
}

/// The first line that says something.
fn first_line(words: &str) -> String {
    words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}
