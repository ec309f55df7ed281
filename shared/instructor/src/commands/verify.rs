//! `cargo lab verify`: the proof that the course is sound.

use std::slice;

use clap::Args;
use lab::course::{Course, Lesson};
use lab::problem::{Exit, Problem, Result};
use lab::screen::progress_line;

use crate::lines;
use crate::texts::commands::Known;
use crate::{originals, rules};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson, by number or name; without it, all of them, and all that belongs to none
    pub lesson: Option<String>,
    /// Only read: build nothing, and run nothing
    #[arg(long)]
    pub no_run: bool,
    /// Take the lessons as they are now for the original ones: write shared/lab/originals.txt and the folder
    /// shared/lab/originals again
    #[arg(long)]
    pub write_originals: bool,
}

/// Looks at each lesson, and shows what is wrong. `lab` is what `cargo lab` makes of what is typed behind it.
///
/// # Errors
///
/// When there is no such lesson, or a file cannot be read or written.
pub async fn run(typed: &Typed, course: &Course, lab: impl Fn(&[String]) -> Result<(), String>) -> Result<Exit> {
    if typed.write_originals {
        originals::write(course.root()).map_err(|error| unlisted(&error))?;
    }
    // With the originals as they are by now.
    let course = &Course::of(course.root())?;
    let lessons = match &typed.lesson {
        Some(typed) => slice::from_ref(course.lesson(typed)?),
        None => course.lessons(),
    };
    let (known, workspace) = rules::of_workspace(course, &lab);
    let mut is_sound = rules::show("workspace", &[workspace], "");
    for lesson in lessons {
        is_sound &= verify_lesson(typed, course, lesson, &known).await.map_err(|error| unreadable(&error))?;
    }
    if typed.lesson.is_none() {
        let texts = rules::of_texts(course, &known).map_err(|error| unreadable(&error))?;
        is_sound &= rules::show("texts", &texts, "");
    }
    let originals = rules::of_originals(course.root()).map_err(|error| unlisted(&error))?;
    is_sound &= rules::show("originals", &[originals], "");
    Ok(if is_sound { Exit::Done } else { Exit::NotDone })
}

/// Returns whether a lesson is sound.
async fn verify_lesson(typed: &Typed, course: &Course, lesson: &Lesson, known: &Known<'_>) -> anyhow::Result<bool> {
    let mut rules = rules::of_lesson(course, lesson, known)?;
    if !typed.no_run {
        let running = rules::of_programs(course, lesson);
        rules.extend(progress_line::show(format!("running {}", lesson.name()), running).await);
    }
    let lines = lines::added(course, lesson)?;
    Ok(rules::show(lesson.name(), &rules, &format!(", {lines} lines to write")))
}

fn unreadable(error: &anyhow::Error) -> Problem {
    Problem::new("the course cannot be looked at").quoting(format!("{error:#}")).advice(
        "Mend that, and try again. Of a lesson that is new, nothing is original yet: `cargo lab verify --write-originals` \
         takes its files as they are.",
    )
}

fn unlisted(error: &anyhow::Error) -> Problem {
    Problem::new("the originals of the lessons cannot be looked at").quoting(format!("{error:#}")).advice(
        "Git lists the files of the lessons: this takes a clone of the course, and git. A copy from an archive cannot tell \
         which files belong to it. The rest of `cargo lab verify` needs no git.",
    )
}
