//! `cargo lab check`: what a lesson's app shows already, and what it still lacks.

use std::time::Duration;

use anstyle::Style;
use checks::launch::LaunchError;
use checks::subject::StartError;
use checks::{App, Subject, Verdict};
use clap::Args;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::cli::Which;
use crate::course::{Course, Program};
use crate::manifest::{Manifest, Step};
use crate::problem::{Exit, Problem, Result};
use crate::report::{self, ASIDE, BAD, GOOD, HEADING, UNKNOWN, styled};
use crate::{commands, progress, signals};

/// How long an app at a URL may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Which program.
    #[command(flatten)]
    pub which: Which,
    /// Judge an app that runs already, in any language, such as http://localhost:8000
    #[arg(long, conflicts_with = "solution")]
    pub url: Option<String>,
}

/// What is to be judged.
#[derive(Debug)]
pub struct Check<'a> {
    course: &'a Course,
    program: Program,
    /// Where the app runs already; the program is built and started if this is not set.
    url: Option<Url>,
    manifest: Manifest,
}

impl<'a> Check<'a> {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    ///
    /// When it makes none, or the lesson cannot be read.
    pub fn new(typed: Typed, course: &'a Course) -> Result<Self> {
        let url = typed.url.as_deref().map(parse_url).transpose()?;
        let program = commands::program(typed.which, course)?;
        let manifest = Manifest::read(course, &program.lesson)?;
        Ok(Self { course, program, url, manifest })
    }

    /// Judges the app, unless Ctrl-C comes first. Whatever was started ends with it.
    ///
    /// # Errors
    ///
    /// When there is no app to judge.
    pub async fn run(self) -> Result<Exit> {
        tokio::select! {
            biased;
            _ = signals::stop() => Ok(Exit::Interrupted),
            exit = self.judge() => exit,
        }
    }

    async fn judge(&self) -> Result<Exit> {
        let subject = match &self.url {
            Some(url) => Subject::Shop(connect(url).await?),
            None => self.start().await?,
        };
        report::line(format!("{}\n", styled(HEADING, format!("{}: {}", self.subject(), self.manifest.title))));
        let mut unknown = 0;
        for (index, step) in self.manifest.steps.iter().enumerate() {
            match progress::show(step.title.clone(), step.check.run(&subject)).await {
                Verdict::Passed => report::line(marked(GOOD, "✓", step)),
                Verdict::Failed(failure) => {
                    report::line(marked(BAD, "✗", step));
                    self.list_after(index);
                    report::failure(&failure);
                    self.where_to_look();
                    return Ok(Exit::NotDone);
                }
                Verdict::NotRun(reason) => {
                    unknown += 1;
                    report::line(marked(UNKNOWN, "?", step));
                    report::line(report::wrapped("    ", &format!("could not be judged: {reason}")));
                    // An app of one's own can show every step: something is wrong with it, or with this machine.
                    if self.url.is_none() {
                        self.list_after(index);
                        break;
                    }
                }
            }
        }
        Ok(self.conclude(unknown))
    }

    /// The steps that come after one that is not done.
    fn list_after(&self, index: usize) {
        for step in self.manifest.steps.iter().skip(index + 1) {
            report::line(marked(ASIDE, "·", step));
        }
    }

    /// Builds the program and starts it.
    async fn start(&self) -> Result<Subject> {
        let executable = commands::build(self.course, &self.program).await?;
        Subject::start(self.program.lesson.name(), executable).await.map_err(|error| match error {
            StartError::Launch(error) => self.does_not_start(error),
            StartError::Database(error) => Problem::new(error.to_string()),
            StartError::Service(error) => Problem::new(error.to_string()),
        })
    }

    fn does_not_start(&self, error: LaunchError) -> Problem {
        let folder = self.program.folder();
        match error {
            LaunchError::Ended { status, log } => {
                Problem::new(format!("the app of {folder} ends as soon as it starts ({status}). It says:"))
                    .quoting(log)
                    .advice(format!("See it yourself with `cargo lab run {}`.", self.program.arguments()))
            }
            LaunchError::NotListening { address, log } => {
                Problem::new(format!("the app of {folder} runs, but takes no connection at {address}. It says:"))
                    .quoting(log)
                    .advice("It has to listen where the environment variable LISTEN_ADDR says.")
            }
            other => Problem::new(other.to_string()),
        }
    }

    /// What is judged, in words.
    fn subject(&self) -> String {
        match &self.url {
            Some(url) => format!("{} as {}", url.as_str().trim_end_matches('/'), self.program.lesson.name()),
            None => self.program.folder(),
        }
    }

    fn where_to_look(&self) {
        report::line(format!("\n{}", styled(HEADING, "Where to look")));
        if self.url.is_none() {
            for file in &self.manifest.files {
                report::line(format!("  {}/{file}", self.program.folder()));
            }
        }
        report::line(format!("  lessons/{}/README.md", self.program.lesson.name()));
    }

    /// After the last step.
    fn conclude(&self, unknown: usize) -> Exit {
        if unknown > 0 {
            let text = "That is no pass: what is marked with a question mark could not be judged.";
            report::line(format!("\n{}", report::wrapped("", text)));
            return Exit::NotJudged;
        }
        report::line(format!("\n{}", styled(GOOD, format!("{} is done.", self.subject()))));
        if self.url.is_some() {
            let text = "It was judged from outside: what takes a restart, a second replica or a full connection pool was left out.";
            report::line(report::wrapped("", text));
        }
        report::section("What you know now", &self.manifest.learned);
        if let Some(next) = self.course.after(&self.program.lesson) {
            report::section("Next", &format!("Read lessons/{}/README.md, then:", next.name()));
            report::line(format!("  cargo lab run {}", next.number()));
            report::line(format!("  cargo lab check {}", next.number()));
        }
        Exit::Done
    }
}

fn marked(style: Style, mark: &str, step: &Step) -> String {
    report::wrapped(&format!("  {} ", styled(style, mark)), &step.title)
}

/// The checks speak plain HTTP.
fn parse_url(typed: &str) -> Result<Url> {
    let url = Url::parse(typed).ok().filter(|url| url.scheme() == "http" && url.host().is_some());
    url.ok_or_else(|| {
        Problem::usage(format!("`{typed}` is not the URL of an app"))
            .advice("Name it in full, such as http://localhost:8000. An app behind https cannot be judged.")
    })
}

/// The app at a URL, if something answers there.
async fn connect(url: &Url) -> Result<App> {
    let no_answer = |error: String| {
        Problem::new(format!("nothing answers at {url}: {error}"))
            .advice("Start the app first, and look at the port that it says it listens on.")
    };
    let addresses = url.socket_addrs(|| None).map_err(|error| no_answer(error.to_string()))?;
    let connection = timeout(CONNECT_TIMEOUT, TcpStream::connect(addresses.as_slice())).await;
    let connection = connection.map_err(|_| no_answer(format!("no word for {} seconds", CONNECT_TIMEOUT.as_secs())))?;
    connection.map_err(|error| no_answer(error.to_string()))?;
    App::at(url.as_str()).map_err(|error| no_answer(error.to_string()))
}
