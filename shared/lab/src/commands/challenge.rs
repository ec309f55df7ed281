//! `cargo lab challenge`: one app, judged against the whole list of what lessons 00 to 04 add to it.

mod human;
mod json;
mod judgement;
pub mod points;

use std::env;
use std::pin::pin;

use checks::{Subject, side_by_side};
use clap::Args;
use futures_util::StreamExt;

use crate::arguments::{Format, TypedUrl, Which};
use crate::course::build::build;
use crate::course::{Course, Kind, Program};
use crate::judge::{self, Status, at_url};
use crate::machine::shop_url::ShopUrl;
use crate::machine::signals;
use crate::problem::{Exit, Problem, Result};
use crate::screen::progress_line;
use crate::student::at_hand;

use judgement::{Judged, Judgement, Target};
use points::Point;

/// What to type, for the help.
pub const EXAMPLES: &str = "\
Examples:
  cargo lab challenge                      your code in lessons/00-item-api
  cargo lab challenge --point sessions     one point, with all there is to say
  cargo lab challenge 04 --solution        ours, with all ticks
  cargo lab challenge --url http://localhost:8001 --url http://localhost:8002
                                           two replicas, in any language";

/// The most replicas that are judged.
const MOST_REPLICAS: usize = 3;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson whose program is judged, by number or name.
    /// Without it, the lesson whose folder you are in, else the first
    pub lesson: Option<String>,
    /// Take the finished crate in solutions/ instead of yours in lessons/
    #[arg(long)]
    pub solution: bool,
    /// Judge a shop that runs already, in any language, such as http://localhost:8000;
    /// up to three times, for the replicas of one shop on one database
    #[arg(long, conflicts_with_all = ["lesson", "solution"])]
    pub url: Vec<TypedUrl>,
    /// Judge this point alone
    #[arg(long, value_parser = points::parser())]
    pub point: Option<String>,
    /// For whom the answer is
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What is to be judged, and for whom the answer is.
#[derive(Debug)]
pub struct Challenge<'a> {
    judgement: Judgement<'a>,
    format: Format,
}

impl<'a> Challenge<'a> {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    ///
    /// When it makes none.
    pub fn new(typed: Typed, course: &'a Course) -> Result<Self> {
        let Typed { lesson, solution, url, point, format } = typed;
        let target = match url.is_empty() {
            true => Target::Program(program(lesson, solution, course)?),
            false => Target::Urls(replicas(&url)?),
        };
        let is_asked_for = |known: &&Point| point.as_ref().is_none_or(|name| known.name == name);
        let points = points::ALL.iter().filter(is_asked_for).map(Judged::new).collect();
        Ok(Self { judgement: Judgement { course, target, points }, format })
    }

    /// Judges the app, unless Ctrl-C comes first. Whatever was started ends with it.
    ///
    /// # Errors
    ///
    /// When there is no app to judge.
    pub async fn run(mut self) -> Result<Exit> {
        signals::unless_stopped(self.judge_and_answer()).await
    }

    async fn judge_and_answer(&mut self) -> Result<Exit> {
        let judged = self.judge().await;
        match self.format {
            Format::Human => {
                judged?;
                Ok(human::conclude(&self.judgement))
            }
            Format::Json => Ok(json::answer(&self.judgement, judged.err())),
        }
    }

    /// Judges one point after the other, whatever comes of the ones before. Their checks run side by side.
    async fn judge(&mut self) -> Result<()> {
        let is_human = self.format == Format::Human;
        let subject = subject(&self.judgement).await?;
        if is_human {
            human::heading(&self.judgement);
        }
        let points = &mut self.judgement.points;
        let checks: Vec<_> = points.iter().flat_map(|judged| judged.point.checks()).collect();
        let mut verdicts = pin!(side_by_side::run(checks, &subject, side_by_side::AT_ONCE));
        for index in 0..points.len() {
            let Judged { point, statuses } = &mut points[index];
            for status in statuses {
                if let Some((_, verdict)) = progress_line::show(point.title.to_owned(), verdicts.next()).await {
                    *status = Status::from(verdict);
                }
            }
            if is_human {
                human::point(&points[..=index]);
            }
        }
        Ok(())
    }
}

/// The one that was typed, else that of the folder one is in, else the first: that is where the challenge begins.
fn program(typed: Option<String>, solution: bool, course: &Course) -> Result<Program> {
    let folder = env::current_dir().unwrap_or_default();
    let lesson = match (typed, course.lesson_of(&folder)) {
        (Some(typed), _) => typed,
        (None, Some(lesson)) => lesson.name().to_owned(),
        (None, None) => course.first()?.name().to_owned(),
    };
    let program = at_hand::program(Which { lesson: Some(lesson), solution }, course)?;
    match program.kind() {
        Kind::Shop => Ok(program),
        kind => {
            Err(Problem::usage(format!("the program of lesson {} is no shop, but the {kind}", program.lesson.number()))
                .advice("The challenge is about the shop of lessons 00 to 04. Name one of those."))
        }
    }
}

fn replicas(typed: &[TypedUrl]) -> Result<Vec<ShopUrl>> {
    if typed.len() > MOST_REPLICAS {
        return Err(Problem::usage(format!("--url was typed {} times", typed.len()))
            .advice(format!("The replicas of one shop are judged, up to {MOST_REPLICAS} of them.")));
    }
    let urls: Vec<_> = typed.iter().map(ShopUrl::parse).collect::<Result<_>>()?;
    let twice =
        urls.iter().enumerate().find(|(index, url)| urls[..*index].iter().any(|other| other.expose() == url.expose()));
    match twice {
        Some((_, url)) => Err(Problem::usage(format!("{url} was typed twice"))
            .advice("Each replica has a URL of its own. For one replica, one --url is enough.")),
        None => Ok(urls),
    }
}

/// The app: the one at the URLs, or one that is built and started.
async fn subject(judgement: &Judgement<'_>) -> Result<Subject> {
    match &judgement.target {
        Target::Program(program) => judge::start(program, build(judgement.course, program).await?).await,
        Target::Urls(urls) => Ok(Subject::Shop(at_url::connect_to_all(urls).await?)),
    }
}
