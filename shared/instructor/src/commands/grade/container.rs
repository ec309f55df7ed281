//! The whole grader in a container of Docker, where this machine has no bubblewrap: on macOS and Windows. What students
//! wrote is kept in by bubblewrap there, too.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use lab::course::Course;
use lab::machine::foreground::{exit_code, foreground};
use lab::machine::images;
use lab::problem::{Exit, Problem, Result};
use lab::screen::report;
use tokio::process::Command;
use tokio::time::timeout;

const PROGRAM: &str = "docker";
/// What the image is built by, in the course.
const RECIPE: &str = "shared/instructor/Dockerfile";
const IMAGE: &str = "prometheus-course-grader";
/// What was judged is kept in there, as in `.lab/grades/results` elsewhere.
const VOLUME: &str = "prometheus-course-grades";
const RESULTS: &str = "/course/.lab/grades/results";
/// What bubblewrap takes to make a sandbox in a container. The container has no network, and no folder of this machine
/// but the submissions, which it can only read.
const RIGHTS: [&str; 8] = [
    "--network=none",
    "--cap-add=SYS_ADMIN",
    "--cap-add=NET_ADMIN",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--rm",
    "--init",
    "--env=CLICOLOR_FORCE=1",
];
/// The most time until an engine says that it is there.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Whether there is an engine.
pub(super) async fn engine_answers() -> bool {
    timeout(ANSWER_TIME, images::architecture()).await.is_ok_and(|architecture| architecture.is_some())
}

/// Grades these submissions in there, with what else was typed. Returns the report, and the grader's exit code. The report
/// is empty where the grader has said on standard error why there is none.
///
/// # Errors
///
/// When the image cannot be built, or a submission cannot be brought there.
pub(super) async fn grade(submissions: &[PathBuf], arguments: Vec<String>, course: &Course) -> Result<(String, Exit)> {
    let submissions = submissions.iter().enumerate().map(|(index, path)| Mount::of(index, path));
    let submissions = submissions.collect::<Result<Vec<_>>>()?;
    build(course).await?;
    let mut command = Command::new(PROGRAM);
    command.arg("run").args(RIGHTS).arg(format!("--mount=type=volume,source={VOLUME},target={RESULTS}"));
    for submission in &submissions {
        command.arg("--mount").arg(submission.option()?);
    }
    command.arg(IMAGE).args(arguments).arg("--").args(submissions.iter().map(Mount::inside));
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
    let output = child.map_err(does_not_run)?.wait_with_output().await.map_err(does_not_run)?;
    let exit = match exit_code(output.status) {
        0 => Exit::Done,
        code if code == Exit::NotJudged.code() => Exit::NotJudged,
        code => Exit::App(code),
    };
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), exit))
}

/// A layer that is there already takes no time.
async fn build(course: &Course) -> Result<()> {
    report::note(report::wrapped(
        "",
        "There is no bubblewrap on this machine, so all is judged in a container of Docker. Its image is built now: some minutes after a change of the course, else a moment.",
    ));
    let mut command = Command::new(PROGRAM);
    // It has its own list of what to leave out, which only BuildKit reads.
    command.env("DOCKER_BUILDKIT", "1").arg("build").arg("--file").arg(course.root().join(RECIPE));
    command.args(["--tag", IMAGE]).arg(course.root()).stdin(Stdio::null()).stdout(Stdio::null());
    let status = foreground(command).await.map_err(does_not_run)?;
    match status.success() {
        true => Ok(()),
        false => Err(Problem::new("nothing was judged: the image that it happens in could not be built. Docker says above why.")
            .advice("It takes the network once, for Debian's packages and the crates. Then type the same again. Where there is Linux, bubblewrap does without Docker: `sudo apt install bubblewrap`.")),
    }
}

fn does_not_run(error: std::io::Error) -> Problem {
    Problem::new(format!("docker does not run: {error}"))
}

/// Something that was handed in, and where it is in the container: under its own name, since that is the student's.
struct Mount {
    outside: PathBuf,
    inside: String,
}

impl Mount {
    fn of(index: usize, path: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| {
            Problem::usage(format!("{} cannot be read: {error}", path.display()))
                .advice("Name a submission, or a folder of some.")
        };
        let outside = path.canonicalize().map_err(unreadable)?;
        let name = outside.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { outside, inside: format!("/submissions/{}/{name}", index + 1) })
    }

    fn inside(&self) -> &str {
        &self.inside
    }

    /// In the form of CSV, as Docker reads it: a name may have a comma.
    fn option(&self) -> Result<String> {
        let outside = self.outside.to_str().ok_or_else(|| {
            Problem::usage(format!("Docker takes no name like that of {}", self.outside.display()))
                .advice("Give it a name in plain letters.")
        })?;
        let fields = ["type=bind", &format!("source={outside}"), &format!("target={}", self.inside), "readonly"];
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(fields).map_err(|error| Problem::new(error.to_string()))?;
        let line = writer.into_inner().map_err(|error| Problem::new(error.to_string()))?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}
