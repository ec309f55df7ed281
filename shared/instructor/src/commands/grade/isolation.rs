//! What keeps students' code in, and the judge as it is started in there.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use lab::machine::signals::Group;
use lab::problem::{Problem, Result};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

use super::protocol::{Assignment, Confinement, Event, Places};
use super::recipe::Recipe;
use super::sandbox::{self, Sandbox};
use super::text;

/// The most time until it is known whether a sandbox can be made.
const PROBE_TIME: Duration = Duration::from_secs(20);
/// Users from here on belong to nobody on any machine that follows systemd's list of them.
const FIRST_USER: u32 = 2_000_000_000;
/// How many users a grader takes at most.
const USERS: u32 = 64;
/// The most bytes of what a judge complains about that are kept.
const MOST_COMPLAINTS: u64 = 4096;

/// What is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Isolation {
    /// As root: a student's code is another user.
    BubblewrapAsRoot,
    /// As root in a container of Docker.
    BubblewrapInDocker,
    /// As anybody else: a student's code is the same user of the machine, but in namespaces of its own.
    Bubblewrap,
    /// None at all.
    None,
}

impl fmt::Display for Isolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::BubblewrapAsRoot => "bubblewrap: files, processes, network and user of its own",
            Self::BubblewrapInDocker => {
                "a container of Docker without network, and in it bubblewrap: files, processes, network and user of its own"
            }
            Self::Bubblewrap => {
                "bubblewrap: files, processes and network of its own, and nobody's rights; to the system, the same user as the judge"
            }
            Self::None => "none: what students wrote could do all that you can",
        })
    }
}

/// How a judge ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    ByItself,
    OutOfTime,
    /// It broke, with these words.
    Broken(String),
}

/// Finds out what is there to keep students' code in.
///
/// # Errors
///
/// When nothing is.
pub(super) async fn find(in_container: bool) -> Result<Isolation> {
    let isolation = match (in_container, is_root()) {
        (true, _) => Isolation::BubblewrapInDocker,
        (false, true) => Isolation::BubblewrapAsRoot,
        (false, false) => Isolation::Bubblewrap,
    };
    let mut said = String::new();
    let assignment = Assignment {
        lesson: None,
        calls: Vec::new(),
        places: Places {
            course: "/".into(),
            dependencies: "/".into(),
            toolchain: "/".into(),
            work: "/tmp/made".into(),
        },
        confinement: isolation.confinement(0, PROBE_TIME),
    };
    let mut holds = false;
    let mounts = Mounts::default();
    let run = run(isolation, &mounts, &assignment, PROBE_TIME, |event| match event {
        Event::Confined => holds = true,
        Event::Unable(reason) => said = reason,
        _ => {}
    });
    match run.await {
        Ok(End::ByItself) if holds => Ok(isolation),
        Ok(End::Broken(words)) => Err(no_isolation(&words)),
        Ok(_) => Err(no_isolation(&said)),
        Err(error) => Err(no_isolation(&error.to_string())),
    }
}

fn no_isolation(reason: &str) -> Problem {
    Problem::new("nothing was judged: what students wrote would run on this machine with all your rights, and there is no sandbox to keep it in")
        .quoting(reason)
        .advice("Start Docker; or, on Linux, install bubblewrap 0.8 or newer: `sudo apt install bubblewrap`. Where the system forbids user namespaces, as Ubuntu 24.04 does and as in most containers, grade as root. If you trust each submission, type --no-sandbox.")
}

fn is_root() -> bool {
    #[cfg(unix)]
    return nix::unistd::geteuid().is_root();
    #[cfg(not(unix))]
    false
}

/// What of this machine is in the outer sandbox.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    /// Where it is, and where it is in there.
    pub(super) readable: Vec<(PathBuf, String)>,
}

impl Isolation {
    /// What a student's code is kept in, for one of several judges at a time.
    pub(super) fn confinement(self, slot: u32, time: Duration) -> Option<Confinement> {
        let user = FIRST_USER + std::process::id() % 1_000_000 * USERS + slot % USERS;
        let cpu_seconds = time.as_secs().max(1);
        match self {
            Self::BubblewrapAsRoot | Self::BubblewrapInDocker => Some(Confinement { user: Some(user), cpu_seconds }),
            Self::Bubblewrap => Some(Confinement { user: None, cpu_seconds }),
            Self::None => None,
        }
    }

    /// Where the judge finds a crate and what it is built with, and what has to be mounted for that.
    pub(super) fn places(self, recipe: &Recipe, course: &Path, work: &Path) -> (Places, Mounts) {
        if self == Self::None {
            let places = Places {
                course: course.to_owned(),
                dependencies: recipe.dependencies.clone(),
                toolchain: recipe.toolchain.clone(),
                work: work.to_owned(),
            };
            return (places, Mounts::default());
        }
        let inside = |path: &str| PathBuf::from(path);
        let places = Places {
            course: inside("/course"),
            dependencies: inside("/dependencies"),
            toolchain: inside("/toolchain"),
            work: inside("/tmp/made"),
        };
        let readable =
            [(course, "/course"), (&recipe.dependencies, "/dependencies"), (&recipe.toolchain, "/toolchain")];
        let readable = readable.map(|(path, inside)| (path.to_owned(), inside.to_owned())).to_vec();
        (places, Mounts { readable })
    }

    fn command(self, mounts: &Mounts) -> io::Result<Command> {
        let this = std::env::current_exe()?;
        if self == Self::None {
            let mut command = Command::new(this);
            command.arg("judge");
            return Ok(command);
        }
        let mut sandbox = Sandbox::outer(self != Self::Bubblewrap);
        sandbox.read(&this, sandbox::JUDGE);
        for (path, inside) in &mounts.readable {
            sandbox.read(path, inside);
        }
        for (name, value) in
            [("HOME", "/tmp"), ("TMPDIR", "/tmp"), ("LC_ALL", "C.UTF-8"), ("LAB_REQUIRE_SERVICES", "1")]
        {
            sandbox.set(name, value);
        }
        sandbox.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        let program: [OsString; 2] = [sandbox::JUDGE.into(), "judge".into()];
        let (program, arguments) = sandbox.command(Path::new("/tmp"), &program);
        let mut command = Command::new(program);
        command.args(arguments);
        Ok(command)
    }
}

/// Gives a judge its assignment, and hands on what it tells, until it ends or its time is over. Then nothing that was
/// started for it runs any more.
pub(super) async fn run(
    isolation: Isolation,
    mounts: &Mounts,
    assignment: &Assignment,
    time: Duration,
    mut tell: impl FnMut(Event),
) -> io::Result<End> {
    let deadline = Instant::now() + time;
    let mut command = isolation.command(mounts)?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (group, mut child) = Group::spawn(&mut command)?;
    // What it was told before its time is over counts.
    let end = match timeout_at(deadline, listen(&mut child, assignment, &mut tell)).await {
        Err(_) => End::OutOfTime,
        Ok(end) => end?,
    };
    child
        .start_kill()
        .or_else(|error| if error.kind() == io::ErrorKind::InvalidInput { Ok(()) } else { Err(error) })?;
    child.wait().await?;
    drop(group);
    Ok(end)
}

async fn listen(child: &mut Child, assignment: &Assignment, tell: &mut impl FnMut(Event)) -> io::Result<End> {
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("the judge has no pipes"));
    };
    // One that ends early has a reason, which it says.
    let _ = stdin.write_all(&serde_json::to_vec(assignment)?).await;
    drop(stdin);
    let complaints = tokio::spawn(async move {
        let mut complaints = Vec::new();
        // What cannot be read is not said.
        let _ = stderr.take(MOST_COMPLAINTS).read_to_end(&mut complaints).await;
        complaints
    });
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        let event: Event = serde_json::from_str(&line)?;
        let is_last = matches!(event, Event::Ended | Event::NotCompiled(_) | Event::NotStarted(_) | Event::Unable(_));
        tell(event);
        if is_last {
            return Ok(End::ByItself);
        }
    }
    let status = child.wait().await?;
    let complaints = complaints.await.unwrap_or_default();
    let complaints = text::words(String::from_utf8_lossy(&complaints).trim());
    Ok(End::Broken(format!("the judge ended in the middle ({status}). {complaints}")))
}
