//! The two pages of a comparison, and what they differ in.

use std::path::PathBuf;

use checks::Failure;
use checks::exposition::Page;
use checks::launch::LaunchError;
use checks::lessons::two_pages::{self, Missing, NoPage};
use checks::subject::StartError;
use checks::subject::served::Unreadable;
use lab::arguments::TypedUrl;
use lab::course::{Course, Lesson};
use lab::machine::any_page::Place;
use lab::machine::cargo::{self, BuildError};
use lab::problem::{Problem, Result};
use lab::screen::visible::visible;
use lab::screen::{last_words, progress_line};

use super::sides::{Origin, Side, Sides};
use crate::apart::{self, Apart, ApartError};
use crate::pages::{Depth, Difference, Names, differences};

/// What came out of two pages.
pub(super) enum Pages {
    /// Nobody asked for them.
    LeftOut,
    /// This is what they differ in.
    Compared(Vec<Difference>),
    /// One side shows none that Prometheus could read, and this is why.
    Unreadable(Problem),
    /// There are none, for this reason.
    NotCompared {
        problem: Problem,
        /// The compiler's own words and colours.
        compiler: String,
    },
}

/// A program, and what keeps it from being built anew meanwhile.
struct Built {
    executable: PathBuf,
    _apart: Option<Apart>,
}

/// What differs between two pages, each at a URL, in a file or from standard input; and what they are called.
///
/// # Errors
///
/// When one of them cannot be read.
pub(super) async fn of_places(typed: &[TypedUrl], names: Names<'_>, depth: Depth) -> Result<(String, Pages)> {
    let places = typed.iter().map(Place::parse).collect::<Result<Vec<_>>>()?;
    let [one, other] = places.as_slice() else { return Err(Problem::usage("--pages takes two pages")) };
    if [one, other].iter().all(|place| matches!(place, Place::StandardInput)) {
        return Err(
            Problem::usage("standard input holds one page, and not both").advice("Name a file or a URL for one.")
        );
    }
    let title = format!("{one} (the first) and {other} (the second)");
    let [one, other] = [read(one).await?, read(other).await?];
    Ok((title, Pages::Compared(differences(&one, &other, names, depth))))
}

async fn read(place: &Place) -> Result<Page> {
    place.read().await?.page().map_err(|unreadable| {
        let problem = Problem::new(format!("the page of {place} is none that Prometheus could read"));
        let problem = match unreadable {
            Unreadable::Bytes(failure) | Unreadable::NotUtf8(_, _, failure) => {
                problem.quoting(visible(&failure.seen.join("\n")))
            }
            Unreadable::Line(line, _) => problem.quoting(visible(&line.to_string())),
        };
        problem.advice("`cargo lab lint` says more about a single page.")
    })
}

/// Builds and runs the programs of both sides, with the same traffic, and compares their pages.
pub(super) async fn of_sides(course: &Course, lesson: &Lesson, sides: &Sides, depth: Depth) -> Pages {
    let Sides { one, other, .. } = sides;
    let one_built = match build(course, sides, one).await {
        Ok(built) => built,
        Err(not_compared) => return not_compared,
    };
    let other_built = match build(course, sides, other).await {
        Ok(built) => built,
        Err(not_compared) => return not_compared,
    };
    let programs = [one_built.executable.clone(), other_built.executable.clone()];
    let pages = two_pages::after_the_same_traffic(lesson.name(), programs);
    let pages = progress_line::show("running both, with the same requests".to_owned(), pages).await;
    match pages {
        Ok([first, second]) => {
            let names = Names { one: &one.name, other: &other.name };
            Pages::Compared(differences(&first, &second, names, depth))
        }
        Err(Missing { program, why }) => no_page(if program == 0 { one } else { other }, why),
    }
}

async fn build(course: &Course, sides: &Sides, side: &Side) -> Result<Built, Pages> {
    match &side.program {
        Origin::Course(program) => {
            let built = cargo::build(course.root(), &program.package()).await;
            let executable = built.map_err(|error| not_built(side, error))?.executable;
            Ok(Built { executable, _apart: None })
        }
        Origin::Apart(purpose) => match apart::build(course, &sides.own, &side.files, purpose).await {
            Ok(apart) => Ok(Built { executable: apart.executable.clone(), _apart: Some(apart) }),
            Err(ApartError::Build(error)) => Err(not_built(side, error)),
            Err(ApartError::Place(error)) => {
                let problem = Problem::new(format!("{} cannot be built", side.name)).quoting(format!("{error:#}"));
                Err(Pages::NotCompared { problem, compiler: String::new() })
            }
        },
    }
}

fn not_built(side: &Side, error: BuildError) -> Pages {
    let compiler = if let BuildError::Code(errors) = &error { errors.clone() } else { String::new() };
    let mut problem = error.into_problem(&side.name);
    problem.quoted = visible(&problem.quoted);
    Pages::NotCompared { problem, compiler }
}

fn no_page(side: &Side, why: NoPage) -> Pages {
    let name = &side.name;
    let problem = match why {
        NoPage::Unreadable(failure) => {
            let Failure { change, seen, mistake, .. } = *failure;
            let problem = Problem::new(format!("{name}: no page came of it, after the same requests"));
            return Pages::Unreadable(problem.quoting(visible(&seen.join("\n"))).advice(format!("{change} {mistake}")));
        }
        NoPage::NotStarted(StartError::Launch(LaunchError::Ended { status, log })) => {
            Problem::new(format!("{name}: the program ends as soon as it starts ({status}). It says:"))
                .quoting(visible(&last_words::of(&log)))
        }
        // Neither side is to blame.
        NoPage::NotStarted(error @ (StartError::Service(_) | StartError::Database(_))) => {
            Problem::new(error.to_string())
        }
        NoPage::NotStarted(error) => {
            Problem::new(format!("{name}: the program does not start")).quoting(visible(&error.to_string()))
        }
        NoPage::NotRun(reason) => Problem::new(visible(&reason)),
    };
    Pages::NotCompared { problem, compiler: String::new() }
}
