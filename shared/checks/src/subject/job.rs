//! The batch job under test, between the shop's database and a real Pushgateway.

use std::path::{Path, PathBuf, absolute};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use shop::{Config, Store};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::app::App;
use super::start_error::StartError;
use crate::database::{Database, WriteLock};
use crate::launch::LaunchError;
use crate::outcome::{Failure, Outcome, Stop};
use crate::services::ending::Ending;
use crate::services::pushgateway::Pushgateway;

/// How long a run may take: much more than a few attempts to push, each with a time-out.
const RUN_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the check's own preparations may take on a machine that is busy, or stands still for a while.
const PREPARATION_TIMEOUT: Duration = Duration::from_secs(30);
/// What fails only after such a time may be a matter of time: databases have five seconds to answer.
const LONG: Duration = Duration::from_secs(4);
/// How finely patience is measured.
const TICK: Duration = Duration::from_millis(100);
/// How many lines of its output an explanation shows.
const OUTPUT_LINES: usize = 4;
/// How much of a line.
const LINE_LENGTH: usize = 160;
/// Nobody's local time: what a run takes for the time now must be UTC.
const TIME_ZONE: &str = "LAB-05:45";
/// For how many milliseconds the check's own queries, and the job's, may wait for a connection: on a busy machine, much
/// longer than those of a shop.
const ACQUIRE_TIMEOUT: (&str, &str) = ("DATABASE_ACQUIRE_TIMEOUT_MS", "30000");

/// Who reads what a run writes.
#[cfg(unix)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The other end of both pipes is closed, as behind `| true`.
    Gone,
    /// There is no room for what is written, as on a disk that is full. As `Gone` where the system has no such file.
    NoRoom,
}

/// A batch job that can be run, and all that is around it.
pub struct Job {
    program: PathBuf,
    /// The shop in its database, as the job finds it.
    pub(crate) store: Store,
    pub(crate) database: Arc<Database>,
    /// The gateway's own page, as Prometheus sees it.
    pub(crate) gateway: App,
    pushgateway: Arc<Pushgateway>,
    /// Goes after the fields above, and so is the last to let go of both.
    _ending: Ending<(Arc<Database>, Arc<Pushgateway>)>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// What was typed behind the program's name.
    pub(crate) arguments: String,
    /// Its exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to standard output.
    pub(crate) said: String,
    /// What it wrote to standard error.
    pub(crate) complained: String,
}

impl Job {
    /// Prepares a database and a gateway for the program. Nothing runs yet.
    ///
    /// # Errors
    ///
    /// When there is no Pushgateway, or no room for a database.
    pub async fn prepare(program: PathBuf) -> Result<Self, StartError> {
        Self::beside(program, Arc::new(Pushgateway::start().await?)).await
    }

    /// The same job with the same gateway, on a database of its own.
    pub(crate) async fn with_another_database(&self) -> Outcome<Self> {
        Self::beside(self.program.clone(), self.pushgateway.clone()).await.map_err(Stop::not_run)
    }

    /// The same job with a gateway and a database of its own.
    pub(crate) async fn apart(&self) -> Outcome<Self> {
        self.start_apart().await.map_err(Stop::not_run)
    }

    /// As [`Job::apart`], before any check runs.
    pub(super) async fn start_apart(&self) -> Result<Self, StartError> {
        Self::prepare(self.program.clone()).await
    }

    async fn beside(program: PathBuf, pushgateway: Arc<Pushgateway>) -> Result<Self, StartError> {
        let gateway = App::at(pushgateway.url()).map_err(LaunchError::Client)?;
        let database = Arc::new(patiently(Database::fresh).await?);
        let store = open_shop(database.url()).await.map_err(LaunchError::App)?;
        let ending = Ending::of((Arc::clone(&database), Arc::clone(&pushgateway)));
        Ok(Self { program, store, database, gateway, pushgateway, _ending: ending })
    }

    /// Makes everybody else's writes to carts wait.
    pub(crate) async fn lock_writes(&self) -> Outcome<WriteLock> {
        patiently(|| self.database.lock_writes()).await.map_err(Stop::not_run)
    }

    /// Runs the job on any database and any gateway, and waits until it ends.
    pub(crate) async fn run_with(&self, arguments: &[&str], database_url: &str, gateway_url: &str) -> Outcome<Run> {
        wait_for(self.start(arguments, database_url, gateway_url)?, arguments).await
    }

    /// Runs the job in this folder, with neither of its variables set.
    pub(crate) async fn run_without_variables(&self, arguments: &[&str], folder: &Path) -> Outcome<Run> {
        // A relative path would be looked up in the folder.
        let program = absolute(&self.program).map_err(Stop::not_run)?;
        let mut command = command(&program, arguments);
        command.current_dir(folder).env_remove("DATABASE_URL").env_remove("PUSHGATEWAY_URL");
        wait_for(spawn(command)?, arguments).await
    }

    /// Runs the job in this folder on its `shop.db`, with no variable of the environment but those that cron has, and
    /// the gateway's.
    #[cfg(unix)]
    pub(crate) async fn run_as_cron(&self, arguments: &[&str], folder: &Path, gateway_url: &str) -> Outcome<Run> {
        let program = absolute(&self.program).map_err(Stop::not_run)?;
        let mut command = command(&program, arguments);
        let kept = ["PATH", "HOME", "SHELL", "LOGNAME"].map(|name| (name, std::env::var_os(name)));
        command.current_dir(folder).env_clear().env("PUSHGATEWAY_URL", gateway_url);
        command.envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
        wait_for(spawn(command)?, arguments).await
    }

    /// Runs the job where nobody reads what it writes.
    #[cfg(unix)]
    pub(crate) async fn run_unread(
        &self,
        reader: Reader,
        arguments: &[&str],
        database_url: &str,
        gateway_url: &str,
    ) -> Outcome<Run> {
        let mut command = command(&self.program, arguments);
        command.env("DATABASE_URL", database_url).env("PUSHGATEWAY_URL", gateway_url);
        command.stdout(unread(reader).map_err(Stop::not_run)?).stderr(unread(reader).map_err(Stop::not_run)?);
        wait_for(spawn(command)?, arguments).await
    }

    /// Starts a run on any database and any gateway. It is killed when it is dropped.
    pub(crate) fn start(&self, arguments: &[&str], database_url: &str, gateway_url: &str) -> Outcome<Child> {
        let mut command = command(&self.program, arguments);
        command.env("DATABASE_URL", database_url).env("PUSHGATEWAY_URL", gateway_url);
        spawn(command)
    }

    /// Pushes metrics by hand, by POST, into a group such as `job/expire_carts`.
    pub(crate) async fn push(&self, group: &str, metrics: &str) -> Outcome {
        self.ask_gateway(Method::POST, group, Some(metrics.to_owned())).await
    }

    /// Deletes a group by hand.
    pub(crate) async fn delete(&self, group: &str) -> Outcome {
        self.ask_gateway(Method::DELETE, group, None).await
    }

    async fn ask_gateway(&self, method: Method, group: &str, body: Option<String>) -> Outcome {
        let answer = self.gateway.try_send(method, &format!("/metrics/{group}"), body).await.map_err(Stop::not_run)?;
        match answer.status {
            200..=299 => Ok(()),
            _ => Err(Stop::not_run(answer.lines().join("\n"))),
        }
    }
}

fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    // A proxy of the machine has nothing to do with a gateway on this machine.
    command.args(arguments).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    command.env("TZ", TIME_ZONE).env(ACQUIRE_TIMEOUT.0, ACQUIRE_TIMEOUT.1);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

#[cfg(unix)]
fn unread(reader: Reader) -> std::io::Result<Stdio> {
    let full = std::fs::File::options().write(true).open("/dev/full");
    if let (Reader::NoRoom, Ok(full)) = (reader, full) {
        return Ok(full.into());
    }
    let (_closed_at_once, writer) = std::io::pipe()?;
    Ok(writer.into())
}

fn spawn(mut command: Command) -> Outcome<Child> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    command.spawn().map_err(|error| Stop::not_run(format_args!("cannot run {program}: {error}")))
}

/// Opens a shop of the check's own, and founds it where there is none.
pub(crate) async fn open_shop(database_url: &str) -> anyhow::Result<Store> {
    let variable = |name: &str| match name {
        "DATABASE_URL" => Some(database_url.to_owned()),
        _ => (name == ACQUIRE_TIMEOUT.0).then(|| ACQUIRE_TIMEOUT.1.to_owned()),
    };
    let config = Config::from_variables(variable)?;
    Ok(patiently(|| Store::connect(&config)).await?)
}

/// Does again what failed after a long time. What is certain, such as a server that is not there, fails at once.
async fn patiently<T, E, F: Future<Output = Result<T, E>>>(attempt: impl Fn() -> F) -> Result<T, E> {
    let deadline = Instant::now() + PREPARATION_TIMEOUT;
    loop {
        let started = Instant::now();
        match attempt().await {
            Err(_) if started.elapsed() >= LONG && Instant::now() < deadline => {}
            result => return result,
        }
    }
}

/// Ends after so much time in which the machine did not stand still: what it does not do then is nobody's fault.
pub(crate) async fn awake_for(mut patience: Duration) {
    while !patience.is_zero() {
        sleep(TICK).await;
        patience = patience.saturating_sub(TICK);
    }
}

/// Waits until a run ends.
pub(crate) async fn wait_for(run: Child, arguments: &[&str]) -> Outcome<Run> {
    let arguments = arguments.join(" ");
    let output = tokio::select! {
        biased;
        output = run.wait_with_output() => output.map_err(Stop::not_run)?,
        () = awake_for(RUN_TIMEOUT) => return endless(&arguments).stop(),
    };
    let [said, complained] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    // A sandbox or a shell around it tells the end by a signal as a code above 128.
    let code = output.status.code().filter(|code| *code <= 128);
    Ok(Run { arguments, code, said, complained })
}

fn endless(arguments: &str) -> Failure {
    let seconds = RUN_TIMEOUT.as_secs();
    Failure::change("Let each run come to an end.")
        .expected(format!("a run ends within {seconds} seconds, whatever the database and the gateway do"))
        .seen([format!("{arguments} -> still runs after {seconds} seconds")])
        .mistake("The client that pushes has no time-out, which is reqwest's default, so it waits for ever for a gateway that does not answer. Or it tries again without an end.")
        .why("A job that hangs is worse than one that fails: it says nothing, and the next night's run waits for it, or works beside it.")
}

impl Run {
    /// The run as an explanation shows it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let code = self.code.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit code {code}"));
        let arguments = if self.arguments.is_empty() { "no arguments" } else { &self.arguments };
        let mut lines = vec![format!("{arguments} -> {code}")];
        let output = self.output();
        let output = output.lines().filter(|line| !line.trim().is_empty());
        lines.extend(output.take(OUTPUT_LINES).map(|line| line.chars().take(LINE_LENGTH).collect()));
        lines
    }

    /// Standard output, then standard error.
    pub(crate) fn output(&self) -> String {
        format!("{}{}", self.said, self.complained)
    }
}
