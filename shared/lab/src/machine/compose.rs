//! The stack in Docker: `docker-compose.yml`, and what runs of it.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use super::foreground::foreground;
use crate::problem::{Problem, Result};

const FILE: &str = "docker-compose.yml";
/// What a small machine leaves out.
const LIGHT_FILE: &str = "docker-compose.light.yml";
/// How long Docker may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many lines of a log say why a service is not healthy.
const LAST_LINES: &str = "15";
/// How often a service may be started again before it is taken for broken.
const MOST_RESTARTS: u64 = 3;

/// Docker's Compose, for a copy of the course.
#[derive(Debug)]
pub struct Compose<'a> {
    /// The folder of the course.
    root: &'a Path,
    /// All that the file has.
    profiles: Vec<String>,
    /// How it is called: `docker compose`, or `docker-compose` where it is old.
    program: &'static [&'static str],
    light: bool,
}

/// A container of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Docker's id of it.
    pub id: String,
    /// Its service, such as `prometheus`.
    pub service: String,
    /// How it is.
    pub state: State,
    /// The ports of this machine that lead to it, each with the port inside.
    pub ports: Vec<(u16, u16)>,
}

/// How a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It does what it is for.
    Ready,
    /// That may still come.
    Starting,
    /// It runs and does not work, or ends whenever it is started.
    Failed,
    /// It has ended, with this exit code.
    Ended(i64),
}

impl<'a> Compose<'a> {
    /// Finds out how Compose is called here, and whether Docker answers. The profiles are all that the file has.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn find(root: &'a Path, profiles: Vec<String>, light: bool) -> Result<Self> {
        if !root.join(FILE).is_file() {
            return Err(Problem::new(format!("{FILE} is missing")).get_back(FILE));
        }
        let programs: [&'static [&'static str]; 2] = [&["docker", "compose"], &["docker-compose"]];
        for program in programs {
            if answer(program, &["version"]).await.is_ok() {
                answer(&["docker"], &["version"]).await.map_err(no_answer)?;
                return Ok(Self { root, profiles, program, light });
            }
        }
        Err(match answer(&["docker"], &["--version"]).await {
            Ok(_) => missing("Docker Compose is not installed").advice(
                "On Debian and Ubuntu: `sudo apt install docker-compose-v2` (or `docker-compose-plugin`, if Docker \
                 is from docker.com). `cargo lab run` needs no Docker.",
            ),
            Err(_) => missing("Docker is not installed"),
        })
    }

    /// A command of Compose with the services of these profiles.
    pub fn command(&self, profiles: &[String]) -> Command {
        let mut command = program(self.program);
        // Relative to the folder of the course, as in the documentation.
        command.current_dir(self.root).args(["--file", FILE]);
        if self.light {
            command.args(["--file", LIGHT_FILE]);
        }
        // What Compose v2 does by itself.
        command.env("DOCKER_BUILDKIT", "1").env("COMPOSE_DOCKER_CLI_BUILD", "1");
        command.args(profiles.iter().flat_map(|profile| ["--profile", profile]));
        command
    }

    /// The same with the services of all profiles.
    pub fn command_for_all(&self) -> Command {
        self.command(&self.profiles)
    }

    /// All profiles.
    pub fn profiles(&self) -> &[String] {
        &self.profiles
    }

    /// Removes all containers and networks, with the terminal's input and output.
    ///
    /// # Errors
    ///
    /// When Compose does not run.
    pub async fn down(&self, options: &[&str]) -> Result<ExitStatus> {
        let mut command = self.command_for_all();
        command.args(["down", "--remove-orphans"]).args(options);
        run(command).await
    }

    /// What there is of the stack, whether it runs or not. Compose cannot list one profile alone.
    ///
    /// # Errors
    ///
    /// When Docker does not say.
    pub async fn containers(&self) -> Result<Vec<Container>> {
        let mut list = self.command_for_all();
        list.args(["ps", "--all", "--quiet"]);
        let ids = output(list).await.map_err(no_answer)?;
        if ids.trim().is_empty() {
            return Ok(Vec::new());
        }
        let mut inspect = Command::new("docker");
        inspect.arg("inspect").args(ids.split_whitespace());
        let described = output(inspect).await.map_err(no_answer)?;
        let described: Vec<Value> = serde_json::from_str(&described).map_err(|error| no_answer(error.to_string()))?;
        Ok(described.iter().map(Container::from_json).collect())
    }

    /// A port of this machine, as `.env` or the environment sets it. Of a range, the first.
    pub fn port(&self, variable: &str) -> Option<u16> {
        let settings = fs::read_to_string(self.root.join(".env")).unwrap_or_default();
        let setting = || settings.lines().find_map(|line| line.strip_prefix(variable)?.strip_prefix('='));
        let value = env::var(variable).ok().or_else(|| setting().map(str::to_owned))?;
        value.split('-').next()?.trim().parse().ok()
    }
}

impl Container {
    fn from_json(container: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let ports = container["NetworkSettings"]["Ports"].as_object().into_iter().flatten();
        let ports = ports.filter_map(|(inside, outside)| {
            let inside = inside.split('/').next()?.parse().ok()?;
            Some((outside[0]["HostPort"].as_str()?.parse().ok()?, inside))
        });
        Self {
            id: text(&container["Id"]),
            service: text(&container["Config"]["Labels"]["com.docker.compose.service"]),
            state: State::from_json(container),
            ports: ports.collect(),
        }
    }

    /// The last lines that it wrote.
    pub async fn last_words(&self) -> String {
        let mut command = Command::new("docker");
        command.args(["logs", "--tail", LAST_LINES, &self.id]).stdin(Stdio::null());
        // Without them, the problem is still named.
        let Ok(output) = command.output().await else { return String::new() };
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
    }
}

impl State {
    fn from_json(container: &Value) -> Self {
        let state = &container["State"];
        match (state["Status"].as_str(), state["Health"]["Status"].as_str()) {
            (Some("running"), None | Some("healthy" | "none")) => Self::Ready,
            (Some("running"), Some("unhealthy")) => Self::Failed,
            (Some("restarting"), _) if container["RestartCount"].as_u64() >= Some(MOST_RESTARTS) => Self::Failed,
            (Some("exited" | "dead"), _) => Self::Ended(state["ExitCode"].as_i64().unwrap_or_default()),
            _ => Self::Starting,
        }
    }
}

/// Runs a command of Compose with the terminal's input and output.
///
/// # Errors
///
/// When it does not run.
pub async fn run(command: Command) -> Result<ExitStatus> {
    let status = foreground(command).await;
    status.map_err(|error| Problem::new(format!("Docker Compose does not run: {error}")))
}

fn program(words: &[&str]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().copied().unwrap_or("docker"));
    command.args(words);
    command
}

async fn answer(words: &[&str], arguments: &[&str]) -> Result<String, String> {
    let mut command = program(words);
    command.args(arguments);
    let late = || Err(format!("no answer within {} seconds", PATIENCE.as_secs()));
    timeout(PATIENCE, output(command)).await.unwrap_or_else(|_| late())
}

/// What a program writes, or why it fails.
async fn output(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn missing(what: &str) -> Problem {
    Problem::new(what).advice(
        "Get it from https://docs.docker.com/get-docker. `cargo lab run` needs no Docker: it runs the program of a \
         lesson by itself.",
    )
}

fn no_answer(words: String) -> Problem {
    Problem::new("Docker does not do what it is asked to. It says:").quoting(words).advice(
        "Is it running? `docker info` says more. `cargo lab run` needs no Docker: it runs the program of a lesson by \
         itself.",
    )
}
