//! `cargo lab restore`: a student's own files, which others took the place of, back again.

use std::time::{Duration, SystemTime};

use clap::Args;

use crate::arguments::Consent;
use crate::course::{Course, Lesson};
use crate::problem::{Exit, Problem, Result};
use crate::screen::report::{self, HEADING, styled};
use crate::student::at_hand;
use crate::student::kept::{self, Author, Kept};
use crate::student::replace::{self, Agreement, Outcome};

/// How many digits a time has to begin with, at least.
const YEAR: usize = 4;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson, by number or name. Without it, the same one that `check` would take
    pub lesson: Option<String>,
    /// Which of the times that files were kept: its number in the list, or how its time begins, such as 2026-11-25T18.
    /// Without it, the newest that is your own: neither the solution nor the lesson as it was at the start
    #[arg(long, value_name = "NUMBER|TIME")]
    pub from: Option<String>,
    /// List what is kept, and change nothing
    #[arg(long, conflicts_with_all = ["from", "yes", "diff"])]
    pub list: bool,
    /// What is shown and asked.
    #[command(flatten)]
    pub consent: Consent,
}

/// Brings the files back.
///
/// # Errors
///
/// When nothing is kept, or the files that are there cannot be replaced.
pub fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    let lesson = at_hand::lesson(typed.lesson.as_deref(), course)?;
    let all: Vec<_> = kept::of(course, &lesson).into_iter().map(|kept| Listed::new(kept, course, &lesson)).collect();
    if all.is_empty() {
        return Err(nothing_kept(course, &lesson));
    }
    if typed.list {
        report::line(styled(HEADING, format!("Kept of lessons/{}, the newest first", lesson.name())));
        report::line(list(&all).join("\n"));
        return Ok(Exit::Done);
    }
    let chosen = choose(&all, typed.from.as_deref())?;
    let kept = &chosen.kept;
    let what = chosen.what();
    report::line(styled(HEADING, format!("What was kept {} ({what}), in {}", ago(kept.time), kept.folder.display())));
    restore(course, &lesson, chosen, typed.consent)
}

/// What was kept, and whose it is.
struct Listed {
    kept: Kept,
    author: Author,
}

impl Listed {
    fn new(kept: Kept, course: &Course, lesson: &Lesson) -> Self {
        Self { author: kept.author(course, lesson), kept }
    }

    fn what(&self) -> &'static str {
        match self.author {
            Author::Student => "your files",
            Author::Solution => "the solution",
            Author::Course => "the start of the lesson",
        }
    }
}

fn restore(course: &Course, lesson: &Lesson, Listed { kept, author }: &Listed, consent: Consent) -> Result<Exit> {
    let (files, new_files) = kept.files(course, lesson)?;
    let prefix = format!("lessons/{}/", lesson.name());
    let paths = files.keys().chain(&new_files).filter_map(|path| path.strip_prefix(&prefix).map(str::to_owned));
    let parts: Vec<_> = paths.collect();
    match replace::replace(course, lesson, &parts, files, Agreement::Asked(consent))? {
        Outcome::Declined => {
            report::line("Nothing was changed.");
            return Ok(Exit::NotDone);
        }
        Outcome::Same => report::line(format!("lessons/{} has these files already.", lesson.name())),
        Outcome::Replaced(replaced) => {
            let whose = if *author == Author::Student { "your" } else { "these" };
            report::line(format!("lessons/{} has {whose} files again.", lesson.name()));
            replace::say_where(course, lesson, replaced.as_deref());
            let number = lesson.number();
            let next = format!("Your progress stays as it is until you look again: `cargo lab check {number}`.");
            report::line(report::wrapped("", &next));
        }
    }
    Ok(Exit::Done)
}

/// The one that was typed, by its number in the list or by its time.
fn choose<'a>(all: &'a [Listed], typed: Option<&str>) -> Result<&'a Listed> {
    let Some(typed) = typed else {
        return all.iter().find(|listed| listed.author == Author::Student).ok_or_else(|| {
            Problem::usage("none of what is kept is your own")
                .quoting(list(all).join("\n"))
                .advice("Name one of these nevertheless, by its number or its time: --from 1")
        });
    };
    // A number that is not in the list may be a year.
    let is_meant = |(number, listed): &(usize, &Listed)| match typed.parse::<usize>() {
        Ok(typed) if typed <= all.len() => *number == typed,
        _ => typed.len() >= YEAR && listed.kept.name.starts_with(typed),
    };
    let mut meant = (1..).zip(all).filter(is_meant);
    let message = match (meant.next(), meant.next()) {
        (Some((_, listed)), None) => return Ok(listed),
        (Some(_), Some(_)) => format!("`{typed}` is how several of the times begin"),
        (None, _) => format!("nothing was kept at `{typed}`"),
    };
    Err(Problem::usage(message)
        .quoting(list(all).join("\n"))
        .advice("Name one of these, by its number or its time: --from 1"))
}

/// A line for each, with its number, its time, and what it is.
fn list(all: &[Listed]) -> Vec<String> {
    let line = |(listed, number): (&Listed, i32)| {
        let Kept { name, time, .. } = &listed.kept;
        format!("{number:3}  {name}  {}: {}", ago(*time), listed.what())
    };
    all.iter().zip(1..).map(line).collect()
}

/// How long ago that was, about.
fn ago(time: SystemTime) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    // A clock that was put back makes it now.
    let seconds = SystemTime::now().duration_since(time).unwrap_or(Duration::ZERO).as_secs();
    let (count, unit) = match seconds {
        DAY.. => (seconds / DAY, "day"),
        HOUR.. => (seconds / HOUR, "hour"),
        MINUTE.. => (seconds / MINUTE, "minute"),
        _ => return "just now".to_owned(),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

fn nothing_kept(course: &Course, lesson: &Lesson) -> Problem {
    let others = course.lessons().iter().filter(|other| !kept::of(course, other).is_empty());
    let others: Vec<_> = others.map(Lesson::name).collect();
    let problem = Problem::new(format!("nothing is kept of lessons/{}", lesson.name()));
    if others.is_empty() {
        return problem.advice("`cargo lab solve` and `cargo lab reset` keep the files that they replace.");
    }
    problem.quoting(others.join("\n")).advice("Of these lessons something is kept: name one of them.")
}
