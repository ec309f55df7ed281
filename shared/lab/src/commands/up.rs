//! `cargo lab up`: the stack of a lesson in Docker.

use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};

use crate::arguments::Which;
use crate::course::{self, Course, Kind, Program};
use crate::machine::compose::{self, Compose, Container, State};
use crate::machine::{ports, signals};
use crate::problem::{Exit, Problem, Result};
use crate::screen::progress_line;
use crate::screen::report::{self, HEADING, styled};
use crate::student::at_hand;

/// How long the stack may take until all of it is healthy, once it is built.
const TIME_LIMIT: Duration = Duration::from_secs(180);
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The services that `--light` leaves out.
const LEFT_OUT: [&str; 3] = ["alertmanager", "grafana", "node-exporter"];
/// Exit codes from here on stand for a signal that somebody else has sent.
const SIGNALS: i64 = 128;
/// The port of the shop inside of its container.
const SHOP_PORT_INSIDE: u16 = 8000;
/// The port of the exporters inside of their containers.
const EXPORTER_PORT_INSIDE: u16 = 9187;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Which program.
    #[command(flatten)]
    pub which: Which,
    /// Leave out Grafana, Alertmanager and the node exporter, for a small machine
    #[arg(long)]
    pub light: bool,
}

/// What is to be started.
struct Up<'a> {
    compose: Compose<'a>,
    program: Program,
    light: bool,
    profiles: Vec<String>,
}

/// Builds the stack, starts it, and waits until all of it is healthy.
///
/// # Errors
///
/// When Docker is not there, a port is taken, or something does not get healthy.
pub async fn run(typed: Typed, course: &Course) -> Result<Exit> {
    let program = at_hand::program(typed.which, course)?;
    let compose = Compose::find(course.root(), course.profiles(), typed.light).await?;
    let up = Up { compose, profiles: vec![program.profile()], program, light: typed.light };
    up.make_room(course).await?;
    let mut command = up.compose.command(&up.profiles);
    command.args(["up", "--build", "--detach"]);
    let status = compose::run(command).await?;
    if !status.success() {
        return up.explain_failure().await;
    }
    tokio::select! {
        biased;
        _ = signals::stop() => {
            report::note("\nThe stack still starts. `cargo lab down` removes it.");
            Ok(Exit::Interrupted)
        }
        containers = up.wait_until_healthy() => {
            announce(&up.program, &containers?);
            Ok(Exit::Done)
        }
    }
}

impl Up<'_> {
    /// Ends the stack of another program, and looks whether all ports are free.
    async fn make_room(&self, course: &Course) -> Result<()> {
        let mut present = self.compose.containers().await?;
        if let Some(other) = present.iter().find(|container| self.is_in_the_way(container)) {
            let words = format!("{} makes room for {}. The volumes stay.", other.service, self.program.folder());
            report::note(report::wrapped("", &words));
            self.compose.down(&[]).await?;
            present.clear();
        }
        let held: Vec<u16> = present.iter().flat_map(|container| &container.ports).map(|(port, _)| *port).collect();
        let wanted = self.ports();
        let taken = wanted.iter().find(|port| !held.contains(port) && !ports::is_free(**port));
        match taken {
            Some(port) => Err(Problem::new(format!("port {port} is taken by {}", course::ports::owner(course, *port)))
                .advice("Stop that program, or choose another port in the file .env, such as SHOP_PORT=8001.")),
            None => Ok(()),
        }
    }

    /// Whether it is of another program, or of those that are left out.
    fn is_in_the_way(&self, container: &Container) -> bool {
        let is_of = |profile: &String| {
            let rest = container.service.strip_prefix(profile.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let others = self.compose.profiles().iter().filter(|profile| !self.profiles.contains(profile));
        others.into_iter().any(is_of) || self.light && LEFT_OUT.contains(&container.service.as_str())
    }

    /// The ports of this machine that the stack needs.
    fn ports(&self) -> Vec<u16> {
        let mut variables = vec!["PROMETHEUS_PORT"];
        // Its replicas take what is free of a range.
        if self.program.profile() != "solution-04" {
            variables.push("SHOP_PORT");
        }
        if !self.light {
            variables.extend(["GRAFANA_PORT", "ALERTMANAGER_PORT"]);
        }
        match self.program.lesson.number() {
            "05" => variables.push("EXPORTER_PORT"),
            "06" => variables.push("PUSHGATEWAY_PORT"),
            _ => {}
        }
        variables.iter().filter_map(|variable| self.compose.port(variable)).collect()
    }

    /// Compose itself has said what went wrong, but for what a container says that has ended by itself.
    async fn explain_failure(&self) -> Result<Exit> {
        let containers = self.compose.containers().await?;
        let has_failed = |container: &&Container| matches!(container.state, State::Failed | State::Ended(1..SIGNALS));
        if let Some(failed) = containers.iter().find(has_failed) {
            return Err(trouble(failed, "does not work").await);
        }
        report::note("\nWhat was started meanwhile still runs: `cargo lab down` removes it.");
        Ok(Exit::NotJudged)
    }

    async fn wait_until_healthy(&self) -> Result<Vec<Container>> {
        progress_line::show("waiting until everything is healthy".to_owned(), self.healthy()).await
    }

    async fn healthy(&self) -> Result<Vec<Container>> {
        let deadline = Instant::now() + TIME_LIMIT;
        loop {
            let containers = self.compose.containers().await?;
            let has_failed = |container: &&Container| matches!(container.state, State::Failed | State::Ended(_));
            if let Some(failed) = containers.iter().find(has_failed) {
                return Err(trouble(failed, "does not work").await);
            }
            let Some(starting) = containers.iter().find(|container| container.state == State::Starting) else {
                return Ok(containers);
            };
            if Instant::now() >= deadline {
                let what = format!("is not healthy after {} seconds", TIME_LIMIT.as_secs());
                return Err(trouble(starting, &what).await);
            }
            sleep(POLL_INTERVAL).await;
        }
    }
}

async fn trouble(container: &Container, what: &str) -> Problem {
    Problem::new(format!("{} {what}. Its last lines:", container.service)).quoting(container.last_words().await).advice(
        format!("`cargo lab logs {}` shows them all, and `cargo lab down` removes the stack.", container.service),
    )
}

fn announce(program: &Program, containers: &[Container]) {
    report::line(styled(HEADING, format!("\nThe stack of {} is up.", program.folder())));
    let mut lines: Vec<_> = containers.iter().flat_map(urls).collect();
    lines.sort();
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, url) in lines {
        report::line(format!("  {name:width$}  {url}"));
    }
    if program.kind() == Kind::Job {
        let service = program.profile();
        let words = format!(
            "The job runs now, and every BATCH_INTERVAL of .env. `cargo lab logs {service}` shows what it says, and \
             `docker compose exec {service} app` runs it once more."
        );
        report::line(format!("\n{}", report::wrapped("", &words)));
    }
    report::line("\n`cargo lab down` ends it, `cargo lab logs` shows what it says.");
}

/// Where one finds what a container serves.
fn urls(container: &Container) -> Vec<(String, String)> {
    let url = |(outside, inside): &(u16, u16)| {
        let page = if *inside == EXPORTER_PORT_INSIDE { "/metrics" } else { "" };
        (container.service.clone(), format!("http://127.0.0.1:{outside}{page}"))
    };
    let metrics = |(outside, inside): &(u16, u16)| {
        let page = || (format!("{} metrics", container.service), format!("http://127.0.0.1:{outside}/metrics"));
        (*inside == SHOP_PORT_INSIDE).then(page)
    };
    let ports = container.ports.iter();
    ports.clone().map(url).chain(ports.filter_map(metrics)).collect()
}
