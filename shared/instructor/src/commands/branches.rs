//! `cargo lab branches`: the exercise branches, made of what is committed.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use lab::course::{Course, Lesson};
use lab::machine::cargo::target_folder;
use lab::problem::{Exit, Problem, Result};
use lab::screen::report::{self, ASIDE, BAD, GOOD, UNKNOWN, styled};

use crate::repository::{Branch, Made, Remote, Scratch, Target, committed};
use crate::stages;

/// What all branches are below.
const FOLDERS: [&str; 2] = ["lesson", "solution"];
/// The most lines that are shown of one branch.
const MOST_LINES: usize = 8;
/// How much of an id is shown.
const SHORT: usize = 10;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Write them into the git repository in this folder, which may be empty, and not into that of the course
    #[arg(long, value_name = "REPOSITORY")]
    pub into: Option<PathBuf>,
    /// Write nothing, and say which branches are not up to date
    #[arg(long)]
    pub check: bool,
}

/// A branch, and how it is.
struct Row<'a> {
    name: &'a str,
    /// The id of what it should be.
    id: &'a str,
    state: State<'a>,
}

/// How a branch is.
enum State<'a> {
    New,
    Same,
    /// It is at another commit.
    Other(&'a str),
    /// It is only in another repository, at this commit.
    Remote(Remote, &'a str),
}

/// Makes the branches, and lets those of the repository be like them, or compares them.
///
/// # Errors
///
/// When the course or the repository cannot be read, something is not committed, or a branch must not be moved.
pub fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    let files = committed(course.root(), &stages::sources())?;
    let target = match &typed.into {
        Some(folder) => Target::at(folder)?,
        None => Target::around(course.root())?,
    };
    let folder = target_folder(course.root()).join("tmp");
    fs::create_dir_all(&folder)
        .map_err(|error| Problem::new(format!("the folder {} cannot be made: {error}", folder.display())))?;
    let mut branches = Vec::new();
    for lesson in course.lessons() {
        report::note(styled(ASIDE, format!("making the branches of {}", lesson.name())));
        let stage = stages::stage(course, &files, lesson, &folder).map_err(|error| not_made(lesson, &error))?;
        branches.extend([stage.lesson, stage.solution]);
    }
    let scratch = Scratch::new(&folder, target.format(), &branches)?;
    let rows: Vec<_> = branches.iter().filter_map(|branch| row(branch, &scratch, &target, typed.check)).collect();
    if typed.check { check(&rows, &scratch, &target) } else { publish(&rows, &scratch, &target) }
}

fn not_made(lesson: &Lesson, error: &anyhow::Error) -> Problem {
    Problem::new(format!("the branches of {} cannot be made, and nothing was changed", lesson.name()))
        .quoting(format!("{error:#}"))
        .advice(format!("`cargo lab verify {}` says what is wrong with the lesson.", lesson.number()))
}

fn row<'a>(branch: &'a Branch, scratch: &'a Scratch, target: &'a Target, is_check: bool) -> Option<Row<'a>> {
    let (name, id) = scratch.ids().get_key_value(&branch.name)?;
    let state = match target.id_of(name) {
        Some(present) if present == id => State::Same,
        Some(present) => State::Other(present),
        None => match target.remote_id_of(name).filter(|_| is_check) {
            Some((_, present)) if present == id => State::Same,
            Some((remote, present)) => State::Remote(remote, present),
            None => State::New,
        },
    };
    Some(Row { name, id, state })
}

/// Names of branches of lessons that the course does not have any more.
fn left_over<'a>(rows: &[Row], target: &'a Target) -> Result<Vec<&'a str>> {
    let mut names = Vec::new();
    for name in FOLDERS.iter().flat_map(|folder| target.branches_below(folder)) {
        let id = target.id_of(name).unwrap_or_default();
        if rows.iter().all(|row| row.name != name) && target.of_somebody(id)?.is_empty() {
            names.push(name);
        }
    }
    Ok(names)
}

fn check(rows: &[Row], scratch: &Scratch, target: &Target) -> Result<Exit> {
    let mut is_up_to_date = true;
    for row in rows {
        let (present, whose) = match &row.state {
            State::Same => {
                report::line(format!("{} {}", styled(GOOD, "✓"), row.name));
                continue;
            }
            State::New => {
                report::line(format!("{} {} is not there", styled(BAD, "✗"), row.name));
                is_up_to_date = false;
                continue;
            }
            State::Other(present) => (present, String::new()),
            State::Remote(Remote(remote), present) => (present, format!("{remote}/")),
        };
        is_up_to_date = false;
        report::line(format!("{} {whose}{} is not as it should be", styled(BAD, "✗"), row.name));
        report::line(quoted(drift(row, present, scratch, target)?));
    }
    for name in left_over(rows, target)? {
        is_up_to_date = false;
        let line = format!("{} {name} is of no lesson any more: git branch -D {name}", styled(BAD, "✗"));
        report::line(line);
    }
    if is_up_to_date {
        return Ok(Exit::Done);
    }
    report::line("\n`cargo lab branches` makes them, and says how they are published.");
    Ok(Exit::NotDone)
}

/// How a branch differs: whose commits are on it, or in which files.
fn drift(row: &Row, present: &str, scratch: &Scratch, target: &Target) -> Result<Vec<String>> {
    let made = target.of_somebody(present)?;
    if !made.is_empty() {
        return Ok(made.iter().map(told).collect());
    }
    let files = target.differences(scratch, present, row.id)?;
    if files.is_empty() { Ok(vec!["the files are the same, and its commits are others".to_owned()]) } else { Ok(files) }
}

fn publish(rows: &[Row], scratch: &Scratch, target: &Target) -> Result<Exit> {
    let to_write: Vec<_> = rows.iter().filter(|row| !matches!(row.state, State::Same)).collect();
    refuse(&to_write, target)?;
    let names: Vec<_> = to_write.iter().map(|row| row.name).collect();
    target.publish(scratch, &names)?;
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    for row in rows {
        let id = short(row.id);
        let name = format!("{:width$}", row.name);
        report::line(match row.state {
            State::Same => format!("unchanged  {name}  {id}"),
            State::Other(before) => format!("{}      {name}  {} -> {id}", styled(UNKNOWN, "moved"), short(before)),
            State::New | State::Remote(..) => format!("{}       {name}  {id}", styled(GOOD, "made")),
        });
    }
    for name in left_over(rows, target)? {
        report::warning(&format!("{name} is of no lesson any more. `git branch -D {name}` deletes it."));
    }
    let has_moved = to_write.iter().any(|row| matches!(row.state, State::Other(_)));
    say_what_comes_next(target, has_moved);
    Ok(Exit::Done)
}

/// Says what stands in the way of the branches, before any of them is written.
fn refuse(to_write: &[&Row], target: &Target) -> Result<()> {
    let refused = |message: String| Problem::new(format!("nothing was changed: {message}"));
    for row in to_write {
        if let Some(why) = target.is_in_the_way(row.name) {
            return Err(refused(why).advice("Rename or delete that, and try again."));
        }
    }
    for row in to_write {
        if let Some(folder) = target.shown_in(row.name) {
            return Err(refused(format!("{} is checked out in {folder}", row.name))
                .advice("Its files would stay behind. Change to another branch there, and try again."));
        }
    }
    let mut held = Vec::new();
    for row in to_write {
        let State::Other(present) = row.state else { continue };
        let made = target.of_somebody(present)?;
        if !made.is_empty() {
            held.push(format!("{}:\n{}", row.name, indented(made.iter().map(told).collect())));
        }
    }
    if held.is_empty() {
        return Ok(());
    }
    Err(refused("somebody's commits would be lost, which are on a branch that has to move:".to_owned())
        .quoting(held.join("\n"))
        .advice(
            "These branches are made of the folders of the course, and nobody works on them. Give such a branch another \
             name, and try again:\n  git branch --move lesson/NN-name somebodys-work",
        ))
}

/// A commit in a line.
fn told(made: &Made) -> String {
    format!("{} {}: {}", short(&made.id), made.author, made.title)
}

fn short(id: &str) -> &str {
    id.get(..SHORT).unwrap_or(id)
}

fn quoted(lines: Vec<String>) -> String {
    report::quoted(first(lines).iter().map(String::as_str))
}

fn indented(lines: Vec<String>) -> String {
    first(lines).iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// The first lines, and how many more there are.
fn first(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}

fn say_what_comes_next(target: &Target, has_moved: bool) {
    if target.is_bare() {
        report::line("\nWho fetches from there gets them.");
        return;
    }
    // What others have pushed meanwhile stays.
    let force = if has_moved { " --force-with-lease" } else { "" };
    let patterns = FOLDERS.map(|folder| format!("'refs/heads/{folder}/*'")).join(" ");
    report::line(format!(
        "\nPublish them, in {}:\n  git push --atomic{force} origin {patterns}",
        target.folder().display()
    ));
}
