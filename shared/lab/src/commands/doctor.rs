//! `cargo lab doctor`: what this machine has for the course, and what it lacks.

mod docker;
mod finding;
mod machine;
mod mounts;
mod offline;
mod ports;
mod program;
mod servers;
mod system;
mod toolchain;

use clap::Args;
use serde::Serialize;

use crate::arguments::Format;
use crate::course::{Course, Lesson};
use crate::machine::{foreground, signals};
use crate::problem::{Exit, Result};
use crate::screen::progress_line;
use crate::screen::report::{self, BAD, GOOD, HEADING, styled};

use finding::Finding;
use system::System;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Prove that each lesson builds and runs without network
    #[arg(long)]
    pub offline: bool,
    /// The network was cut off by the program that started this one.
    #[arg(long, hide = true, requires = "offline")]
    pub cut_off: bool,
}

/// What is said at the end: when all is well, and when it is not.
type LastWords = [String; 2];

/// All that was found.
#[derive(Debug, Serialize)]
struct Findings {
    /// Whether the lessons can begin.
    ready: bool,
    groups: Vec<Group>,
}

/// Findings that belong together.
#[derive(Debug, Serialize)]
struct Group {
    name: &'static str,
    findings: Vec<Finding>,
}

/// Looks at everything, and says what it sees.
///
/// # Errors
///
/// When the network cannot be cut off in the way that this system has.
pub async fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    if typed.offline
        && !typed.cut_off
        && let Some(command) = offline::without_network().await
    {
        return foreground::run(command).await;
    }
    let (findings, last_words) = if typed.offline {
        // A build that goes on has to end with this, so Ctrl-C may not end this by itself.
        let findings = tokio::select! {
            biased;
            _ = signals::stop() => return Ok(Exit::Interrupted),
            findings = Findings::offline(typed, course) => findings,
        };
        (findings, need_no_network())
    } else {
        (progress_line::show("looking around".into(), Findings::of(course)).await, can_begin(course))
    };
    match typed.format {
        Format::Human => findings.print(last_words),
        Format::Json => report::json(&findings),
    }
    Ok(if findings.ready { Exit::Done } else { Exit::NotJudged })
}

fn can_begin(course: &Course) -> LastWords {
    let first = course.first().map_or("00", Lesson::number);
    [
        format!("The lessons can begin: cargo lab run {first}"),
        "Something is missing that every lesson needs: see what is marked with ✗.".to_owned(),
    ]
}

fn need_no_network() -> LastWords {
    [
        "The lessons that are here need no network.".to_owned(),
        "Not all lessons can be done without network: see what is marked with ✗.".to_owned(),
    ]
}

impl Findings {
    async fn of(course: &Course) -> Self {
        let system = System::here();
        // All at once: what does not answer shall not hold up the others.
        let (toolchain, docker, servers) =
            tokio::join!(toolchain::findings(system), docker::findings(system), servers::findings(system));
        let groups = vec![
            Group { name: "Tools", findings: toolchain },
            Group { name: "Containers", findings: docker.into_iter().chain([mounts::finding(course)]).collect() },
            Group { name: "Servers", findings: servers },
            Group { name: "Ports", findings: ports::findings(course) },
            Group { name: "Machine", findings: machine::findings(course) },
        ];
        Self::new(groups)
    }

    /// What there is without network.
    async fn offline(typed: &Typed, course: &Course) -> Self {
        let network = vec![offline::network(typed.cut_off)];
        let crates = progress_line::show("looking for the crates".into(), offline::crates(course)).await;
        Self::new(vec![
            Group { name: "Network", findings: network },
            Group { name: "Crates", findings: vec![crates] },
            Group { name: "Lessons", findings: offline::lessons(course).await },
            Group { name: "Images", findings: offline::images(course).await },
        ])
    }

    fn new(groups: Vec<Group>) -> Self {
        let ready = groups.iter().flat_map(|group| &group.findings).all(|finding| !finding.prevents_all());
        Self { ready, groups }
    }

    fn print(&self, [all_is_well, something_is_missing]: LastWords) {
        for group in &self.groups {
            report::line(styled(HEADING, group.name));
            group.findings.iter().for_each(Finding::print);
            report::line("");
        }
        if self.ready {
            report::line(styled(GOOD, all_is_well));
        } else {
            report::line(styled(BAD, something_is_missing));
        }
    }
}
