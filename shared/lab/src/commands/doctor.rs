//! `cargo lab doctor`: what this machine has for the course, and what it lacks.

mod docker;
mod finding;
mod machine;
mod mounts;
mod ports;
mod program;
mod servers;
mod system;
mod toolchain;

use clap::Args;
use serde::Serialize;

use crate::arguments::Format;
use crate::course::{Course, Lesson};
use crate::problem::Exit;
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
}

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
pub async fn run(typed: &Typed, course: &Course) -> Exit {
    let findings = progress_line::show("looking around".into(), Findings::of(course)).await;
    match typed.format {
        Format::Human => findings.print(course),
        Format::Json => report::json(&findings),
    }
    if findings.ready { Exit::Done } else { Exit::NotJudged }
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
        let ready = groups.iter().flat_map(|group| &group.findings).all(|finding| !finding.prevents_all());
        Self { ready, groups }
    }

    fn print(&self, course: &Course) {
        let first = course.first().map_or("00", Lesson::number);
        for group in &self.groups {
            report::line(styled(HEADING, group.name));
            group.findings.iter().for_each(Finding::print);
            report::line("");
        }
        if self.ready {
            report::line(styled(GOOD, format!("The lessons can begin: cargo lab run {first}")));
        } else {
            report::line(styled(BAD, "Something is missing that every lesson needs: see what is marked with ✗."));
        }
    }
}
