//! `cargo lab verify`: the proof that the course is sound.

use std::path::Path;
use std::slice;

use clap::Args;
use lab::course::{Course, Lesson};
use lab::problem::{Exit, Problem, Result};
use lab::screen::report::{self, BAD, GOOD, styled};

use crate::lines;
use crate::originals;
use crate::starters::{self, SHARED_PARTS};
use crate::steps::Walk;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The lesson, by number or name; without it, all of them
    pub lesson: Option<String>,
    /// Take the lessons as they are now for the original ones: write shared/lab/originals.txt and the folder
    /// shared/lab/originals again
    #[arg(long)]
    pub write_originals: bool,
}

/// What must hold, and what breaks it.
struct Rule {
    says: String,
    faults: Vec<String>,
}

/// Looks at each lesson, and shows what is wrong.
///
/// # Errors
///
/// When there is no such lesson, or a file cannot be read or written.
pub fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    let lessons = match &typed.lesson {
        Some(typed) => slice::from_ref(course.lesson(typed)?),
        None => course.lessons(),
    };
    if typed.write_originals {
        originals::write(course.root()).map_err(|error| unlisted(&error))?;
    }
    let mut is_sound = true;
    for lesson in lessons {
        let rules = rules(course, lesson).map_err(|error| unreadable(&error))?;
        let lines = lines::added(course, lesson).map_err(|error| unreadable(&error))?;
        is_sound &= show(lesson.name(), &rules, &format!(", {lines} lines to write"));
    }
    let originals = originals_are_up_to_date(course.root()).map_err(|error| unlisted(&error))?;
    is_sound &= show("originals", &[originals], "");
    Ok(if is_sound { Exit::Done } else { Exit::NotDone })
}

/// A line for what was looked at, and more for each rule that is broken. Returns whether all of them hold.
fn show(name: &str, rules: &[Rule], also: &str) -> bool {
    let broken: Vec<_> = rules.iter().filter(|rule| !rule.faults.is_empty()).collect();
    let (mark, says) = match broken.len() {
        0 => (styled(GOOD, "✓"), format!("{name}: sound ({}){also}", count(rules.len()))),
        number => (styled(BAD, "✗"), format!("{name}: {} of {} broken{also}", number, count(rules.len()))),
    };
    report::line(report::wrapped(&format!("{mark} "), &says));
    for rule in &broken {
        report::line(format!("\n{}", report::wrapped("  ", &format!("Broken: {}.", rule.says))));
        for fault in &rule.faults {
            report::line(report::quoted(fault.lines()));
        }
    }
    if !broken.is_empty() {
        report::line("");
    }
    broken.is_empty()
}

fn count(rules: usize) -> String {
    if rules == 1 { "1 rule".to_owned() } else { format!("{rules} rules") }
}

fn unreadable(error: &anyhow::Error) -> Problem {
    Problem::new("the course cannot be looked at").quoting(format!("{error:#}"))
}

fn unlisted(error: &anyhow::Error) -> Problem {
    Problem::new("the originals of the lessons cannot be looked at").quoting(format!("{error:#}")).advice(
        "Git lists the files of the lessons: this takes a clone of the course, and git. A copy from an archive cannot tell \
         which files belong to it. The rest of `cargo lab verify` needs no git.",
    )
}

fn rules(course: &Course, lesson: &Lesson) -> anyhow::Result<Vec<Rule>> {
    let mut rules: Vec<_> = start(course, lesson)?.into_iter().collect();
    rules.extend([
        Rule { says: "its solution leaves nothing to do".to_owned(), faults: starters::end(course, lesson)? },
        Rule { says: "its solution has the same files".to_owned(), faults: starters::same_files(course, lesson)? },
    ]);
    for part in SHARED_PARTS {
        let says = format!("its solution has the same {part}");
        rules.push(Rule { says, faults: starters::same_part(course, lesson, part)? });
    }
    let says = "its steps lead from the starter to the solution".to_owned();
    rules.push(Rule { says, faults: way(course.root(), lesson) });
    Ok(rules)
}

/// A program of its own may start with anything.
fn start(course: &Course, lesson: &Lesson) -> anyhow::Result<Option<Rule>> {
    if let Some(before) = starters::before(course, lesson) {
        let says = format!("it starts where {} ends, with TODO comments and nothing else", before.name());
        return Ok(Some(Rule { says, faults: starters::start(course, lesson, before)? }));
    }
    if course.lessons().first() == Some(lesson) {
        let says = "it starts without a metric".to_owned();
        return Ok(Some(Rule { says, faults: starters::has_no_metric(course, lesson)? }));
    }
    Ok(None)
}

/// A step that does not fit is a fault like any other.
fn way(root: &Path, lesson: &Lesson) -> Vec<String> {
    let end = Walk::read(root, lesson.name()).and_then(|walk| walk.end(root));
    end.unwrap_or_else(|error| vec![format!("{error:#}")])
}

fn originals_are_up_to_date(root: &Path) -> anyhow::Result<Rule> {
    let fault = originals::fault(root)?;
    let advice = "\n`cargo lab verify --write-originals` writes it again.";
    let faults = fault.map(|difference| format!("{}{advice}", difference.trim_end()));
    let says = "the list of original files, and what is set aside of them, is up to date".to_owned();
    Ok(Rule { says, faults: faults.into_iter().collect() })
}
