//! `cargo lab run`: the program of a lesson, in the foreground.

use std::env;
use std::ffi::OsString;
use std::io;
use std::net::{SocketAddr, TcpListener};

use checks::services::prometheus::Prometheus;
use clap::Args;
use shop::Config;
use tokio::process::Command;

use crate::arguments::Which;
use crate::course::build::build;
use crate::course::{self, Course, FINISHED_SHOP, Kind, Program, queries};
use crate::live::target::Target;
use crate::live::{Live, Subject};
use crate::machine::{foreground, network, ports, prometheus, signals};
use crate::problem::{Exit, Problem, Result};
use crate::screen::report::{self, HEADING, styled};
use crate::student::at_hand;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Which program.
    #[command(flatten)]
    pub which: Which,
    /// Start a Prometheus too, if one is installed, which scrapes the program each second
    #[arg(long)]
    pub prometheus: bool,
    /// Leave out the live page, which draws what /metrics says
    #[arg(long)]
    pub no_live: bool,
    /// What the program itself is given, such as --dry-run for the batch job
    #[arg(last = true)]
    pub arguments: Vec<OsString>,
}

/// The most graphs that are linked to. The lesson has them all.
const MOST_GRAPHS: usize = 4;
/// The variable that says where a program listens.
const LISTEN_ADDR: &str = "LISTEN_ADDR";
/// Where the exporter listens by default: the port that Prometheus's list of ports reserves for it.
const EXPORTER_ADDRESS: &str = "127.0.0.1:9187";

/// What is to be run.
#[derive(Debug)]
pub struct Run<'a> {
    course: &'a Course,
    program: Program,
    kind: Kind,
    addresses: Vec<SocketAddr>,
    /// Where the metrics of each address are: with `METRICS_ADDR`, elsewhere.
    metrics_addresses: Vec<SocketAddr>,
    prometheus: bool,
    no_live: bool,
    arguments: Vec<OsString>,
}

impl<'a> Run<'a> {
    /// Makes sense of what was typed, and of the environment.
    ///
    /// # Errors
    ///
    /// When it makes none, or an address is taken.
    pub fn new(typed: Typed, course: &'a Course) -> Result<Self> {
        let program = at_hand::program_to_run(typed.which, course)?;
        let kind = program.kind();
        if typed.prometheus && kind == Kind::Job {
            return Err(Problem::usage("the batch job ends before a Prometheus could scrape it: it pushes its result")
                .advice(format!(
                    "Scrape the Pushgateway instead; lessons/{}/README.md shows how.",
                    program.lesson.name()
                )));
        }
        let (wanted, metrics_addresses) = addresses(kind)?;
        let addresses = free_addresses(&wanted, course, &program)?;
        let metrics_addresses = metrics_addresses.unwrap_or_else(|| addresses.clone());
        let Typed { prometheus, no_live, arguments, .. } = typed;
        Ok(Self { course, program, kind, addresses, metrics_addresses, prometheus, no_live, arguments })
    }

    /// Builds the program and runs it until it ends.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started.
    pub async fn run(self) -> Result<Exit> {
        let executable = build(self.course, &self.program).await?;
        // What is started here ends with this function, after the program.
        let prometheus = tokio::select! {
            biased;
            _ = signals::stop() => return Ok(Exit::Interrupted),
            prometheus = self.start_prometheus() => prometheus?,
        };
        let live = self.start_live(prometheus.as_ref()).await.unwrap_or_else(|problem| {
            report::warning(&problem.message);
            None
        });
        self.announce();
        if let Some(live) = &live {
            report::line(format!("  live        {}   what the metrics say, drawn", live.url()));
        }
        if let Some(prometheus) = &prometheus {
            self.announce_graphs(prometheus);
        }
        report::line("");
        let mut command = Command::new(&executable);
        command.args(&self.arguments).current_dir(self.course.root());
        if !self.addresses.is_empty() {
            let addresses: Vec<_> = self.addresses.iter().map(ToString::to_string).collect();
            command.env(LISTEN_ADDR, addresses.join(","));
        }
        foreground::run(command).await
    }

    fn announce(&self) {
        report::line(styled(HEADING, format!("The {} of {}. Ctrl-C ends it.", self.kind, self.folder())));
        for (address, metrics_address) in self.addresses.iter().zip(&self.metrics_addresses) {
            if self.kind == Kind::Shop {
                report::line(format!("  storefront  http://{address}"));
            }
            let note = self.program.metrics_note();
            report::line(format!("  metrics     http://{metrics_address}/metrics{note}"));
        }
    }

    /// Where the program is.
    fn folder(&self) -> String {
        match self.program.solution && !self.course.has_solutions() {
            true => FINISHED_SHOP.to_owned(),
            false => self.program.folder(),
        }
    }

    fn announce_graphs(&self, prometheus: &Prometheus) {
        report::line(format!("  prometheus  {}", prometheus.url()));
        report::line(format!("\n{}", styled(HEADING, "Graphs, once the shop has had some visitors")));
        for query in queries::of(self.course, &self.program.lesson).iter().take(MOST_GRAPHS) {
            report::line(format!("  {query}"));
            // Whole, and on a line of its own, so that a narrow terminal does not cut it.
            report::line(prometheus::graph(prometheus.url(), query));
        }
    }

    /// Unless it is to be left out, or there is nothing to scrape.
    async fn start_live(&self, prometheus: Option<&Prometheus>) -> Result<Option<Live>> {
        if self.no_live || self.kind == Kind::Job {
            return Ok(None);
        }
        let targets = self.metrics_addresses.iter().map(|address| Target::at(*address)).collect::<Result<_>>()?;
        let shop = self.addresses.first().filter(|_| self.kind == Kind::Shop);
        let subject = Subject {
            title: self.folder(),
            targets,
            shop: shop.map(|address| format!("http://{}", network::reachable(*address))),
            prometheus: prometheus.map(|prometheus| prometheus.url().to_owned()).or_else(prometheus::at_hand),
        };
        let mut live = Live::start(subject).await?;
        if !self.program.solution {
            live.follow(self.course.clone(), self.program.lesson.clone())?;
        }
        Ok(Some(live))
    }

    /// If one is asked for.
    async fn start_prometheus(&self) -> Result<Option<Prometheus>> {
        if !self.prometheus {
            return Ok(None);
        }
        let job = if self.kind == Kind::Exporter { "postgres" } else { "shop" };
        prometheus::start(job, &self.metrics_addresses).await.map(Some)
    }
}

/// Where a program should listen, as the environment says, and where its metrics should be, if elsewhere.
fn addresses(kind: Kind) -> Result<(Vec<SocketAddr>, Option<Vec<SocketAddr>>)> {
    let config = match kind {
        Kind::Shop => Config::from_env(),
        Kind::Exporter => Config::from_variables(|name| {
            (name == LISTEN_ADDR).then(|| env::var(name).unwrap_or_else(|_| EXPORTER_ADDRESS.to_owned()))
        }),
        Kind::Job => return Ok((Vec::new(), None)),
    };
    let config = config.map_err(|error| Problem::usage(error.to_string()))?;
    Ok((config.listen_addresses, config.metrics_addresses))
}

/// Where it does listen: where it should, if somebody has asked for that, and else at the next port that is free.
fn free_addresses(wanted: &[SocketAddr], course: &Course, program: &Program) -> Result<Vec<SocketAddr>> {
    let is_asked_for = env::var_os(LISTEN_ADDR).is_some();
    let free = wanted.iter().map(|address| match require_free(*address, course, program) {
        Err(problem) if is_asked_for => Err(problem),
        Err(problem) => {
            let free = ports::next_free(*address);
            report::warning(&format!("{}. So this one listens at {free}.", problem.message));
            Ok(free)
        }
        Ok(()) => Ok(*address),
    });
    free.collect()
}

/// The program itself would say so too, but only after a build.
fn require_free(address: SocketAddr, course: &Course, program: &Program) -> Result<()> {
    let Err(error) = TcpListener::bind(address) else { return Ok(()) };
    if error.kind() != io::ErrorKind::AddrInUse {
        return Err(Problem::new(format!("cannot listen on {address}: {error}")));
    }
    let owner = course::ports::owner(course, address.port());
    Err(Problem::new(format!("port {} of {} is taken by {owner}", address.port(), address.ip())).advice(format!(
        "Stop that program, or take another port:\n  {LISTEN_ADDR}={} cargo lab run {}",
        ports::next_free(address),
        program.arguments()
    )))
}
