//! `cargo lab check`: what a lesson's app shows already, and what it still lacks.

mod human;
mod json;
mod judgement;

use checks::Subject;
use clap::Args;

use crate::arguments::{Format, TypedUrl, Which};
use crate::course::build::build;
use crate::course::manifest::Step;
use crate::course::{Course, Kind, Lesson, stage};
use crate::judge::{self, AfterUnknown, Status, at_url};
use crate::machine::shop_url::ShopUrl;
use crate::machine::signals;
use crate::problem::{Exit, Problem, Result};
use crate::screen::report;
use crate::student::{at_hand, progress};

use judgement::{Judgement, Part};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Which program.
    #[command(flatten)]
    pub which: Which,
    /// Judge a shop that runs already, in any language, such as http://localhost:8000
    #[arg(long, conflicts_with = "solution")]
    pub url: Option<TypedUrl>,
    /// Run the checks of the earlier lessons, too: what they added has to be there still
    #[arg(long)]
    pub previous: bool,
    /// For whom the answer is
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What is to be judged, and for whom the answer is.
#[derive(Debug)]
pub struct Check<'a> {
    judgement: Judgement<'a>,
    format: Format,
}

impl<'a> Check<'a> {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    ///
    /// When it makes none, or the lesson cannot be read.
    pub fn new(typed: Typed, course: &'a Course) -> Result<Self> {
        let program = at_hand::program(typed.which, course)?;
        let url = typed.url.map(|typed| shop_url(&typed, &program.lesson)).transpose()?;
        let lessons = [program.lesson.clone()].into_iter();
        let lessons = lessons.chain(if typed.previous { earlier(&program.lesson) } else { Vec::new() });
        let parts: Result<Vec<_>> = lessons.map(|lesson| Part::new(course, lesson)).collect();
        Ok(Self { judgement: Judgement { course, program, url, parts: parts? }, format: typed.format })
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
        warn_of_changes(&self.judgement);
        let judged = self.judge().await;
        if judged.is_ok() {
            record(&self.judgement);
        }
        match self.format {
            Format::Human => {
                judged?;
                human::conclude(&self.judgement).await
            }
            Format::Json => Ok(json::answer(&self.judgement, judged.err())),
        }
    }

    async fn judge(&mut self) -> Result<()> {
        let judgement = &mut self.judgement;
        let subject = subject(judgement).await?;
        // An app of one's own can show every step: if it does not, something is wrong with it, or with this machine.
        let after_unknown = if judgement.url.is_some() { AfterUnknown::GoOn } else { AfterUnknown::Stop };
        let is_human = self.format == Format::Human;
        let tell = if is_human { human::step } else { |_: &Step, _: &Status| () };
        for index in 0..judgement.parts.len() {
            if is_human {
                human::heading(judgement, index);
            }
            let part = &mut judgement.parts[index];
            part.statuses = judge::steps(&part.manifest.steps, &subject, after_unknown, tell).await;
            if part.has_failed() {
                break;
            }
        }
        Ok(())
    }
}

/// The app: the one at the URL, or one that is built and started.
async fn subject(judgement: &Judgement<'_>) -> Result<Subject> {
    match &judgement.url {
        Some(url) => Ok(Subject::Shop(at_url::connect(url).await?)),
        None => {
            let _warm = judge::warm_up(&judgement.program);
            let executable = build(judgement.course, &judgement.program).await?;
            judge::start(&judgement.program, executable).await
        }
    }
}

fn record(judgement: &Judgement) {
    let Judgement { course, program, url: None, parts } = judgement else { return };
    let Some(part) = parts.first() else { return };
    let notice = judge::record(course, program, &part.manifest.steps, &part.statuses);
    progress::tell(notice.as_ref());
}

/// Says what of the lesson is not as it should be, though it does not change the verdict.
fn warn_of_changes(judgement: &Judgement) {
    let Judgement { course, program, url, .. } = judgement;
    if program.solution || url.is_some() {
        return;
    }
    for path in course.originals().changed(course.root(), &program.lesson) {
        report::warning(&format!("{path} was changed. Your app is judged by the original one."));
    }
}

/// The lessons before this one, whose metrics its app has, too; none for a program of its own. Says so.
fn earlier(lesson: &Lesson) -> Vec<Lesson> {
    let is_own_program = Kind::of(lesson) != Kind::Shop;
    let earlier = stage::all_lessons().into_iter().filter(|other| !is_own_program && other < lesson);
    let earlier: Vec<_> = earlier.collect();
    if earlier.is_empty() {
        let why = if is_own_program { "is a program of its own" } else { "is the first" };
        report::warning(&format!("Lesson {} {why}: no earlier lesson has checks for it.", lesson.number()));
    }
    earlier
}

/// Only a shop can be judged where it runs: for the others, the check starts what is around them.
fn shop_url(typed: &TypedUrl, lesson: &Lesson) -> Result<ShopUrl> {
    let (program, surroundings) = match Kind::of(lesson) {
        Kind::Shop => return ShopUrl::parse(typed),
        Kind::Exporter => {
            ("an exporter", "beside a PostgreSQL of its own, which the check changes, cuts off and locks")
        }
        Kind::Job => ("a batch job", "between a database and a Pushgateway of its own"),
    };
    let number = lesson.number();
    Err(Problem::usage(format!("--url is for the shops of lessons 00 to 04, and lesson {number} is {program}"))
        .advice(format!("It is judged {surroundings}. Leave out --url:\n  cargo lab check {number}")))
}
