//! What can be typed.

use std::env;

use clap::{Parser, Subcommand};

use crate::arguments::Replacement;
use crate::commands::{
    book, carry, challenge, check, doctor, down, hint, instructor, lint, live, load, logs, overview, reset, restore,
    run, solve, up, watch,
};
use crate::course::Course;
use crate::problem::{Exit, Problem, Result};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  not done yet
  2  typed wrongly
  3  could not be built, run or judged";

/// The command of the course: runs the program of a lesson, and says what its metrics still lack.
///
/// Without a command it says where you are, and what comes next.
#[derive(Debug, Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", after_help = EXIT_CODES, max_term_width = 80)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// The subcommand; none for where one is, and what comes next.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What was typed without a subcommand.
    #[command(flatten)]
    pub overview: overview::Typed,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the program of a lesson, until Ctrl-C
    ///
    /// The shop opens at http://127.0.0.1:8000 or the next port that is free, and keeps its data in the file shop.db.
    /// Environment variables change that, such as LISTEN_ADDR=127.0.0.1:8001 and
    /// DATABASE_URL=postgres://user:password@localhost:5432/shop.
    ///
    /// With --prometheus a Prometheus runs beside it, at http://127.0.0.1:9090 or the next port that is free, with links
    /// to graphs of what the lesson asks. What it has gathered goes when the program ends.
    ///
    /// The exporter of lesson 05 listens at http://127.0.0.1:9187, and wants the URL of a PostgreSQL database in
    /// DATA_SOURCE_NAME. The batch job of lesson 06 runs once, and pushes to PUSHGATEWAY_URL.
    ///
    /// The exit code is the program's own.
    Run(run::Typed),
    /// Say what the app of a lesson still lacks
    ///
    /// Builds the program, starts it on a database of its own, sends requests and reads /metrics. Each step of the
    /// lesson has a check. The first step that is not done is explained: what was expected, what was seen, which
    /// mistake that usually is, and why it matters.
    ///
    /// The tests and lesson.toml of a lesson are not yours to change: where they were, it says so, and judges by the
    /// original ones.
    ///
    /// With DATABASE_URL=postgres://... the databases of the checks are made on that server.
    Check(check::Typed),
    /// Check a lesson again on each save, while its shop runs beside you
    ///
    /// Builds the program when a file of the lesson is saved, and shows what `cargo lab check` would say. A save while
    /// that is going on begins it anew.
    ///
    /// The shop of lessons 00 to 04 stays open meanwhile, at http://127.0.0.1:8000 or the next port that is free, on a
    /// database of its own, with about two requests a second. It is replaced by each new build that succeeds.
    ///
    /// Keys: h one more hint; l the steps, and all lessons to choose from; p a graph about the open step, in a Prometheus
    /// that is started for it; n the next lesson that is not done; r reset; c check again; q quit.
    Watch(watch::Typed),
    /// Draw what /metrics says, in a browser, as it moves
    ///
    /// Scrapes the program each second, and shows each metric by its type: rates of counters, the buckets of histograms,
    /// quantiles of summaries. Press something in the shop, and see which line moves. `cargo lab run` and `cargo lab watch`
    /// start the same beside them.
    ///
    /// With a lesson it looks for its program where it runs: the shop of lessons 00 to 04, the exporter of 05, and for 06
    /// the Pushgateway at http://127.0.0.1:9091. With --url it shows any program in any language. It listens on this
    /// machine alone, and asks no address but those.
    ///
    /// It keeps ten minutes, and forgets them when it ends. Ctrl-C ends it.
    Live(live::Typed),
    /// Start the stack of a lesson in Docker, and wait until it is healthy
    ///
    /// The shop on PostgreSQL, Prometheus, Alertmanager, Grafana and what else the lesson needs. The ports are in the
    /// file .env. The program of another lesson makes room.
    Up(up::Typed),
    /// End the stack in Docker
    Down(down::Typed),
    /// Show what the services in Docker say
    Logs(logs::Typed),
    /// Show one more hint for the step that is open
    ///
    /// The first hint is a nudge, the last one nearly the answer. If the last check failed, it says first what was
    /// wrong.
    Hint(hint::Typed),
    /// Put a lesson back as it was at the start
    ///
    /// Shows what would change, and asks. Your files are kept in .lab/kept, from where `cargo lab restore` brings them
    /// back, and the progress of the lesson is forgotten. It works after you have committed your changes, too.
    Reset(Replacement),
    /// Put the solution of a lesson in the place of your code
    ///
    /// Shows what would change, and asks. Your files are kept in .lab/kept, from where `cargo lab restore` brings them
    /// back.
    Solve(Replacement),
    /// Begin a lesson with your own code of the lesson before it
    ///
    /// A lesson begins with our code of the lesson before. This puts yours in its place, with the TODO comments of the
    /// new lesson: files that you have added come along, and so do dependencies. Where your code and the comments do not
    /// merge, or the result does not compile, it says what stands in the way, and changes nothing.
    ///
    /// If you have begun the lesson already, it shows what would change, and asks. Your files are kept in .lab/kept, from
    /// where `cargo lab restore` brings them back. The merge is git's own: it has to be installed.
    Carry(carry::Typed),
    /// Bring back your own files, which `solve` or `reset` has replaced
    ///
    /// They are in .lab/kept, with the time at which they were replaced. Shows what would change, and asks. What is there
    /// now is kept, too. The progress of the lesson stays as it is.
    Restore(restore::Typed),
    /// Send traffic to a running shop, and say how fast it answers
    ///
    /// Shoppers browse, fill carts, buy or walk away; one request in fifty is meant to fail, with 404, 422 or 500.
    /// Ctrl-C ends it early, with its report.
    ///
    /// The load is an open loop: requests are due at the rate that you ask for, however slowly the shop answers, as
    /// with real customers. A closed loop waits for an answer before it sends the next request, so it sends least
    /// while the shop is slowest, and its numbers hide that (coordinated omission).
    ///
    /// So the report has two times. Response time counts from the moment that a request was due, service time from
    /// the moment that a worker was free to send it.
    Load(load::Typed),
    /// Judge one app against the whole list: the course without steps
    ///
    /// Builds the program, starts it on databases of its own, and ticks each point of docs/src/challenge.md: what
    /// lessons 00 to 04 add, and whether three replicas on one database add up. It stops at no point. The first one
    /// that is open is explained as `cargo lab check` does it.
    ///
    /// A shop in any language is judged where it runs, with --url. What takes a restart, an outage of the database or
    /// another start is left out then, and it says so. For the point of replicas, name two or three of them.
    ///
    /// The exit code is 0 only when all points are ticked.
    #[command(after_long_help = challenge::EXAMPLES)]
    Challenge(challenge::Typed),
    /// Say what is wrong with any page of metrics
    ///
    /// Reads the page as Prometheus 3 does, strictly, and looks at its names, types and help texts by Prometheus's rules.
    /// Each problem is shown with its line. The page may be that of any program: a URL, a file, or standard input (-). A
    /// server says by its content type whether the page is in the text format or in OpenMetrics; a file that ends in
    /// `# EOF` is in OpenMetrics.
    ///
    /// An error keeps Prometheus from reading the page, or another scraper. A problem is a name, a type or a help text
    /// that breaks a rule. Advice is the same about metrics that a well-known library brings along: it fails nothing.
    ///
    /// The exit code is 0 when the page is clean, 1 when there is an error or a problem, 2 when something was typed
    /// wrongly, and 3 when there is no page to look at.
    Lint(lint::Typed),
    /// Open the book of the course: concepts, lessons, PromQL, operating, reference
    ///
    /// It is made from docs/ and the lessons' own texts by mdBook, which has to be installed: `cargo install mdbook --locked`.
    /// It needs no network.
    Book(book::Typed),
    /// Look what this machine has for the course, and what it lacks
    ///
    /// For each thing: what is there, which lessons need it, and how to get it on this system. It looks at the Rust
    /// toolchain, Docker, the servers of the lessons 05 and 06, the ports of the course, disk and memory. Nothing is
    /// changed, and nothing is asked of the network.
    ///
    /// With --offline it proves instead that each lesson builds and runs without network, and that the images of the stack
    /// are here. On Linux it cuts itself off for that, where it may; else it says whether this machine has a network.
    ///
    /// The exit code is 0 when the lessons can begin, and 3 when something is missing that all of them need.
    Doctor(doctor::Typed),
    /// What instructors type.
    #[command(flatten)]
    Instructor(instructor::Subcommand),
}

impl Cli {
    /// Does what was typed.
    ///
    /// # Errors
    ///
    /// Why it cannot be done.
    pub async fn run(self) -> Result<Exit> {
        let folder =
            env::current_dir().map_err(|error| Problem::new(format!("there is no current folder: {error}")))?;
        let course = Course::of(&folder)?;
        match self.command {
            None => overview::run(self.overview, &course),
            Some(Command::Run(typed)) => run::Run::new(typed, &course)?.run().await,
            Some(Command::Check(typed)) => check::Check::new(typed, &course)?.run().await,
            Some(Command::Challenge(typed)) => challenge::Challenge::new(typed, &course)?.run().await,
            Some(Command::Hint(typed)) => hint::run(typed, &course),
            Some(Command::Reset(typed)) => reset::run(&typed, &course),
            Some(Command::Solve(typed)) => solve::run(&typed, &course),
            Some(Command::Carry(typed)) => carry::run(&typed, &course).await,
            Some(Command::Restore(typed)) => restore::run(&typed, &course),
            Some(Command::Load(typed)) => load::Load::new(typed)?.run().await,
            Some(Command::Live(typed)) => live::run(typed, &course).await,
            Some(Command::Doctor(typed)) => doctor::run(&typed, &course).await,
            Some(Command::Book(typed)) => book::run(&typed, &course).await,
            Some(Command::Lint(typed)) => lint::run(typed).await,
            Some(Command::Up(typed)) => up::run(typed, &course).await,
            Some(Command::Down(typed)) => down::run(&typed, &course).await,
            Some(Command::Logs(typed)) => logs::run(&typed, &course).await,
            Some(Command::Instructor(subcommand)) => instructor::run(subcommand, &course).await,
            Some(Command::Watch(typed)) => watch::Watch::new(typed, &course)?.run().await,
        }
    }
}
