//! `cargo lab live`: what a page of metrics says, drawn in a browser.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;

use crate::arguments::{TypedUrl, Which};
use crate::course::{Course, Kind, Program, ports};
use crate::live::target::Target;
use crate::live::{Live, Subject};
use crate::machine::{prometheus, signals};
use crate::problem::{Exit, Problem, Result};
use crate::screen::report::{self, HEADING, styled};
use crate::student::at_hand;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Which program.
    #[command(flatten)]
    pub which: Which,
    /// Show a program that runs already, in any language, such as http://localhost:8000; several times for its replicas
    #[arg(long, conflicts_with_all = ["lesson", "solution"])]
    pub url: Vec<TypedUrl>,
}

/// Serves the page until Ctrl-C.
///
/// # Errors
///
/// When what was typed makes no sense, or no port can be listened at.
pub async fn run(typed: Typed, course: &Course) -> Result<Exit> {
    let program = match typed.url.is_empty() {
        true => Some(at_hand::program_to_run(typed.which, course)?),
        false => None,
    };
    let subject = program.as_ref().map_or_else(|| of_urls(&typed.url), |program| of_program(course, program))?;
    let mut live = Live::start(subject.clone()).await?;
    if let Some(program) = program.filter(|program| !program.solution) {
        live.follow(course.clone(), program.lesson)?;
    }
    announce(&live, &subject);
    // It fails where the system gives no word of signals; then there is no reason to go on either.
    let _ = signals::stop().await;
    Ok(Exit::Done)
}

fn of_program(course: &Course, program: &Program) -> Result<Subject> {
    let addresses = match program.kind() {
        // Its result is where it was pushed.
        Kind::Job => Vec::new(),
        Kind::Shop | Kind::Exporter => ports::addresses(course, program),
    };
    let usual = [SocketAddr::from((Ipv4Addr::LOCALHOST, usual_port(program.kind())))];
    let addresses = if addresses.is_empty() { &usual[..] } else { &addresses };
    let targets = addresses.iter().map(|address| Target::at(*address)).collect::<Result<Vec<_>>>()?;
    let shop = targets.first().filter(|_| program.kind() == Kind::Shop).map(Target::origin);
    Ok(Subject { title: program.folder(), targets, shop, prometheus: prometheus::at_hand() })
}

fn usual_port(kind: Kind) -> u16 {
    match kind {
        Kind::Shop => 8000,
        Kind::Exporter => 9187,
        Kind::Job => 9091,
    }
}

fn of_urls(urls: &[TypedUrl]) -> Result<Subject> {
    let targets = urls.iter().map(Target::parse).collect::<Result<Vec<_>>>()?;
    let names: BTreeSet<_> = targets.iter().map(Target::name).collect();
    if names.len() < targets.len() {
        return Err(Problem::usage("two of the URLs are on the same host and port, and could not be told apart")
            .advice("Start `cargo lab live` once for each: it takes the next port that is free."));
    }
    let first = targets.first().ok_or_else(|| Problem::usage("--url wants a URL"))?;
    // Whoever names a page of metrics itself wants to see no other one.
    let shop = targets.iter().find(|target| target.is_whole_app()).map(Target::origin);
    Ok(Subject { title: first.origin(), shop, prometheus: prometheus::at_hand(), targets })
}

fn announce(live: &Live, subject: &Subject) {
    report::line(styled(HEADING, format!("The metrics of {}, drawn. Ctrl-C ends it.", subject.title)));
    report::line(format!("  open        {}", live.url()));
    for target in &subject.targets {
        report::line(format!("  metrics     {}", target.shown()));
    }
}
