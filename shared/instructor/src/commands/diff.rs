//! `cargo lab diff`: a student's code and page beside ours, or any two pages.

mod comparison;
mod html;
mod pages;
mod screen;
mod sides;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use lab::arguments::TypedUrl;
use lab::course::Course;
use lab::machine::signals;
use lab::problem::{Exit, Problem, Result};
use lab::screen::report;
use lab::student::files;

use crate::pages::{Depth, Names};

use comparison::Comparison;
use pages::Pages;
use screen::Layout;
use sides::Sides;

/// More than it takes until this program knows of a Ctrl-C that has reached all programs of the terminal.
const UNTIL_A_SIGNAL_IS_KNOWN: Duration = Duration::from_millis(50);

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson, by number or name
    #[arg(required_unless_present = "pages")]
    pub lesson: Option<String>,
    /// Where the student's work is: another copy of the course, or a crate; without it, lessons/ of this copy
    #[arg(long, value_name = "DIR")]
    pub student: Option<PathBuf>,
    /// Compare with the lesson as it is handed out, instead of the solution
    #[arg(long, conflicts_with = "step")]
    pub starter: bool,
    /// Compare with the code after so many steps of the lesson, instead of the solution
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub step: Option<usize>,
    /// How the difference is shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The file that takes the HTML, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Leave the pages out: nothing is built or run
    #[arg(long)]
    pub no_pages: bool,
    /// Leave the values of the pages out: only their shape is compared
    #[arg(long)]
    pub no_values: bool,
    /// Compare any two pages instead: each a URL, a file, or - for standard input
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["lesson", "student", "starter", "step", "no_pages"])]
    pub pages: Option<Vec<TypedUrl>>,
}

/// How a difference is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Line below line
    #[default]
    Unified,
    /// In two columns, as wide as the terminal
    Side,
    /// One HTML file
    Html,
}

/// Compares, unless Ctrl-C comes first. Whatever was started ends with it.
///
/// # Errors
///
/// When what was typed makes no sense, or there is nothing to compare.
pub async fn run(typed: Typed, course: &Course) -> Result<Exit> {
    tokio::select! {
        biased;
        _ = signals::stop() => Ok(Exit::Interrupted),
        exit = compare(typed, course) => exit,
    }
}

async fn compare(typed: Typed, course: &Course) -> Result<Exit> {
    check_output(&typed)?;
    let depth = if typed.no_values { Depth::Shape } else { Depth::Values };
    match &typed.pages {
        Some(places) => compare_pages(&typed, places, depth).await,
        None => compare_lesson(&typed, course, depth).await,
    }
}

/// What cannot be written is said before anything is built.
fn check_output(typed: &Typed) -> Result<()> {
    let Some(path) = &typed.output else { return Ok(()) };
    if typed.format != Format::Html {
        return Err(Problem::usage("--output takes the HTML").advice("Add --format html, or leave --output out."));
    }
    match fs::read_to_string(path) {
        // Written by an earlier run.
        Ok(text) if text.contains(html::GENERATOR) => Ok(()),
        Err(_) if !path.exists() => match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
                Err(Problem::usage(format!("there is no folder {}", folder.display()))
                    .advice("Make it, or choose another place."))
            }
            _ => Ok(()),
        },
        _ => Err(Problem::usage(format!("{} is there already, and is no page of `cargo lab diff`", path.display()))
            .advice("Nothing was changed. Choose another name.")),
    }
}

async fn compare_pages(typed: &Typed, places: &[TypedUrl], depth: Depth) -> Result<Exit> {
    if typed.format == Format::Side {
        return Err(Problem::usage("two pages are compared in words, and not side by side")
            .advice("Leave out --format, or say --format html."));
    }
    let names = Names { one: "the first", other: "the second" };
    let (title, pages) = pages::of_places(places, names, depth).await?;
    let comparison = Comparison { title, names, files: None, pages };
    conclude(typed, &comparison)
}

async fn compare_lesson(typed: &Typed, course: &Course, depth: Depth) -> Result<Exit> {
    let name = typed.lesson.as_deref().unwrap_or_default();
    let lesson = course.lesson(name)?;
    let sides = Sides::new(course, lesson, typed.student.as_deref(), other(typed))?;
    let Sides { one, other, .. } = &sides;
    let title = format!("{}: {} and {}", lesson.name(), one.title(), other.title());
    let names = Names { one: &one.name, other: &other.name };
    let files = source::differences(&sides);
    let is_told = typed.format != Format::Html;
    if is_told {
        screen::sources(
            &title,
            names,
            &files,
            if typed.format == Format::Side { Layout::Columns } else { Layout::Lines },
        );
    }
    let pages = if typed.no_pages { Pages::LeftOut } else { pages::of_sides(course, lesson, &sides, depth).await };
    if matches!(pages, Pages::Unreadable(_) | Pages::NotCompared { .. }) {
        // A server that Ctrl-C has ended as well fails before this program knows why.
        tokio::time::sleep(UNTIL_A_SIGNAL_IS_KNOWN).await;
    }
    conclude(typed, &Comparison { title, names, files: Some(files), pages })
}

fn other(typed: &Typed) -> sides::Other {
    match typed.step {
        Some(number) => sides::Other::Step(number),
        None if typed.starter => sides::Other::Starter,
        None => sides::Other::Solution,
    }
}

/// Shows what is not shown yet.
fn conclude(typed: &Typed, comparison: &Comparison) -> Result<Exit> {
    if typed.format == Format::Html {
        write(typed.output.as_deref(), &html::page(comparison))?;
    }
    if typed.format != Format::Html || typed.output.is_some() {
        screen::pages(comparison);
    }
    Ok(comparison.exit())
}

fn write(path: Option<&Path>, page: &str) -> Result<()> {
    match path {
        None => {
            report::line(page);
            Ok(())
        }
        Some(path) => {
            // Whole or not at all: an earlier page stays where there is no room for this one.
            files::write(path, page.as_bytes())
                .map_err(|error| Problem::new(format!("{} cannot be written: {error}", path.display())))?;
            report::line(format!("{} has the comparison.", path.display()));
            Ok(())
        }
    }
}
