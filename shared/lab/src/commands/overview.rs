//! `cargo lab`: where one is, what is done, and what comes next.

use std::env;

use anstyle::Style;
use clap::Args;
use serde::Serialize;

use crate::arguments::Format;
use crate::course::manifest::{Manifest, Step};
use crate::course::{Course, Lesson};
use crate::problem::{Exit, Result};
use crate::screen::report::{self, ASIDE, BAD, GOOD, HEADING, UNKNOWN, styled};
use crate::student::at_hand::at_hand;
use crate::student::ending;
use crate::student::progress::{self, Progress, Store};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// For whom the answer is
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A lesson, and how far it is done.
struct Row<'a> {
    lesson: &'a Lesson,
    manifest: Manifest,
    progress: Progress,
}

/// The whole answer, for a tool.
#[derive(Serialize)]
struct Answer<'a> {
    /// The lesson that is taken where none is named.
    current: &'a str,
    minutes_left: u32,
    /// What to type next.
    next: Vec<String>,
    lessons: Vec<LessonAnswer<'a>>,
}

#[derive(Serialize)]
struct LessonAnswer<'a> {
    lesson: &'a str,
    title: &'a str,
    question: &'a str,
    minutes: u32,
    minutes_left: u32,
    done: bool,
    steps: Vec<StepAnswer<'a>>,
}

#[derive(Serialize)]
struct StepAnswer<'a> {
    check: &'a str,
    title: &'a str,
    /// As the last check left it.
    status: &'static str,
}

/// Shows how far the course is done, and names the commands that come next.
///
/// # Errors
///
/// When the lessons cannot be read.
pub fn run(typed: Typed, course: &Course) -> Result<Exit> {
    let (state, notice) = Store::of(course).read();
    progress::tell(notice.as_ref());
    let (current, _) = at_hand(course, &state, &env::current_dir().unwrap_or_default())?;
    let row = |lesson| Ok(Row { lesson, manifest: Manifest::read(course, lesson)?, progress: state.progress(lesson) });
    let rows: Vec<_> = course.lessons().iter().map(row).collect::<Result<_>>()?;
    match typed.format {
        Format::Human => show(course, &rows, &current),
        Format::Json => report::json(&answer(&rows, &current)),
    }
    Ok(Exit::Done)
}

fn show(course: &Course, rows: &[Row], current: &Lesson) {
    report::line(styled(HEADING, "Prometheus instrumentation, by doing it"));
    report::line(format!("{}\n", report::wrapped("", &summary(rows, current))));
    for row in rows {
        let is_current = row.lesson == current;
        report::line(row.heading(is_current));
        if is_current {
            report::line(styled(ASIDE, report::wrapped("       ", &row.manifest.question)));
            for step in &row.manifest.steps {
                report::line(row.step(step));
            }
        }
    }
    if next_open(rows, current).is_none() {
        let elsewhere = ending::next_branch(course, current);
        for section in elsewhere.map_or_else(|| ending::from_here(course), |next| vec![next]) {
            report::block(section.heading, &section.text);
        }
    }
    for row in rows.iter().filter(|row| row.lesson == current) {
        show_next(row, rows);
    }
}

/// A mark for each lesson, how many are done, and how long the next one takes.
fn summary(rows: &[Row], current: &Lesson) -> String {
    let done = rows.iter().filter(|row| row.is_done()).count();
    let marks: String = rows.iter().map(|row| if row.is_done() { '▰' } else { '▱' }).collect();
    let Some(next) = next_open(rows, current) else { return format!("{marks}  all lessons done") };
    let more = if next.progress.has_begun() { " more" } else { "" };
    let (count, number, left) = (rows.len(), next.lesson.number(), next.minutes_left());
    format!("{marks}  {done} of {count} lessons done; lesson {number} takes about {left}{more} minutes")
}

/// The current lesson, if it is not done; else the first after it that is not done, or the first of all.
fn next_open<'a, 'r>(rows: &'a [Row<'r>], current: &Lesson) -> Option<&'a Row<'r>> {
    let mut open = rows.iter().filter(|row| !row.is_done());
    open.clone().find(|row| row.lesson >= current).or_else(|| open.next())
}

fn minutes_left(rows: &[Row]) -> u32 {
    rows.iter().map(Row::minutes_left).sum()
}

fn show_next(row: &Row, rows: &[Row]) {
    let number = row.lesson.number();
    let open = row.progress.open_step(&row.manifest);
    if let Some(failed) = open.and_then(|step| row.progress.failure(step)) {
        report::section("The last check said", &failed.change);
    }
    let next = match open {
        Some(_) if row.progress.has_begun() => "Go on with the step that is open, then:".to_owned(),
        Some(_) => format!("Read lessons/{}/README.md, then:", row.lesson.name()),
        None => match next_open(rows, row.lesson) {
            Some(next) => format!("Lesson {number} is done. Go on with lesson {}:", next.lesson.number()),
            None => "Nothing is left to do. To look at it all again:".to_owned(),
        },
    };
    report::section("Next", &next);
    for (command, meaning) in commands(row, rows) {
        report::line(report::wrapped(&format!("  {command:<22}"), meaning));
    }
}

/// What to type next, and what it does.
fn commands<'a>(row: &Row, rows: &[Row]) -> Vec<(String, &'a str)> {
    let number = row.lesson.number();
    let check = (format!("cargo lab check {number}"), "see what is done, and what is still missing");
    let run = (format!("cargo lab run {number}"), "look at it yourself");
    let hint = (format!("cargo lab hint {number}"), "one hint for the step that is open");
    match next_open(rows, row.lesson) {
        _ if !row.is_done() && row.progress.has_begun() => vec![check, hint, run],
        _ if !row.is_done() => vec![run, check],
        Some(next) => commands(next, rows),
        None => vec![check, run],
    }
}

impl Row<'_> {
    fn is_done(&self) -> bool {
        self.progress.open_step(&self.manifest).is_none()
    }

    /// In proportion to the steps that are open.
    fn minutes_left(&self) -> u32 {
        let steps = self.manifest.steps.len();
        let open = self.manifest.steps.iter().filter(|step| !self.progress.has_passed(step)).count();
        let share = u32::try_from(open).ok().zip(u32::try_from(steps).ok());
        share.map_or(self.manifest.minutes, |(open, steps)| (self.manifest.minutes * open).div_ceil(steps.max(1)))
    }

    fn heading(&self, is_current: bool) -> String {
        let (style, mark) = match (self.is_done(), is_current) {
            (true, _) => (GOOD, "✓"),
            (false, true) => (UNKNOWN, "▶"),
            (false, false) => (ASIDE, "·"),
        };
        let title = if is_current { styled(HEADING, &self.manifest.title) } else { self.manifest.title.clone() };
        let minutes = match self.minutes_left() {
            0 => String::new(),
            left => styled(ASIDE, format!(" ({left} min)")),
        };
        report::wrapped(&format!("{} {}  ", styled(style, mark), self.lesson.number()), &format!("{title}{minutes}"))
    }

    fn step(&self, step: &Step) -> String {
        let (style, mark) = self.mark(step);
        report::wrapped(&format!("     {} ", styled(style, mark)), &step.title)
    }

    fn mark(&self, step: &Step) -> (Style, &'static str) {
        match self.status(step) {
            "passed" => (GOOD, "✓"),
            "failed" => (BAD, "✗"),
            _ => (ASIDE, "·"),
        }
    }

    fn status(&self, step: &Step) -> &'static str {
        match self.progress.failure(step) {
            Some(_) => "failed",
            None if self.progress.has_passed(step) => "passed",
            None => "open",
        }
    }
}

fn answer<'a>(rows: &'a [Row], current: &'a Lesson) -> Answer<'a> {
    let row = rows.iter().find(|row| row.lesson == current);
    let next = row.map_or_else(Vec::new, |row| commands(row, rows));
    Answer {
        current: current.name(),
        minutes_left: minutes_left(rows),
        next: next.into_iter().map(|(command, _)| command).collect(),
        lessons: rows.iter().map(lesson_answer).collect(),
    }
}

fn lesson_answer<'a>(row: &'a Row) -> LessonAnswer<'a> {
    let step = |step: &'a Step| StepAnswer { check: step.check.name, title: &step.title, status: row.status(step) };
    LessonAnswer {
        lesson: row.lesson.name(),
        title: &row.manifest.title,
        question: &row.manifest.question,
        minutes: row.manifest.minutes,
        minutes_left: row.minutes_left(),
        done: row.is_done(),
        steps: row.manifest.steps.iter().map(step).collect(),
    }
}
