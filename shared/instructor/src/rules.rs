//! The rules of the course, each told in one sentence, with what breaks it.

mod rule;

use std::path::{Path, PathBuf};
use std::slice;

use anyhow::Result;
use lab::course::{Course, Lesson, Program};

pub use self::rule::{Rule, show};
use crate::programs::{self, Build};
use crate::starters::{self, SHARED_PARTS};
use crate::steps::Walk;
use crate::texts::commands::Known;
use crate::texts::names::Names;
use crate::texts::{self, Text, blocks, commands, links, queries};
use crate::{agreement, lines, originals, plan, promises};

/// What the commands of a text may name, and the rule that cargo can read the workspace. `lab` is what `cargo lab` makes of
/// what is typed behind it.
pub fn of_workspace<'a>(course: &Course, lab: &'a dyn Fn(&[String]) -> Result<(), String>) -> (Known<'a>, Rule) {
    let packages = commands::packages(course.root());
    let fault = packages.as_ref().err().map(|error| format!("{error:#}"));
    let known = Known { lab, packages: packages.ok(), profiles: course.profiles() };
    (known, Rule::new("cargo can read it", fault.into_iter().collect()))
}

/// What holds of a lesson's files.
///
/// # Errors
///
/// When one cannot be read.
pub fn of_lesson(course: &Course, lesson: &Lesson, known: &Known<'_>) -> Result<Vec<Rule>> {
    let mut rules: Vec<_> = start(course, lesson)?.into_iter().collect();
    rules.extend([
        Rule::new("its solution leaves nothing to do", starters::end(course, lesson)?),
        Rule::new("its solution has the same files", starters::same_files(course, lesson)?),
    ]);
    for part in SHARED_PARTS {
        rules.push(Rule::new(format!("its solution has the same {part}"), starters::same_part(course, lesson, part)?));
    }
    let root = course.root();
    rules.extend([
        Rule::new("its steps lead from the starter to the solution", way(root, lesson)),
        Rule::new("its tests are those of its steps", agreement::tests(course, lesson)?),
        Rule::new("each of its steps has a title and hints", agreement::manifest(course, lesson)?),
        Rule::new("each of its steps has a TODO comment", or_fault(agreement::todo_comments(course, lesson))),
        Rule::new("each of its promises has a check and a mistake", promises::faults(root, lesson.name())?),
    ]);
    rules.push(Rule::new("nothing is left to fill in", agreement::filled_in(course, lesson)?));
    let text = texts::of_lesson(root, lesson.name())?;
    rules.extend(of_text("its", root, slice::from_ref(&text), known)?);
    Ok(rules)
}

/// What holds of the programs of a lesson.
pub async fn of_programs(course: &Course, lesson: &Lesson) -> Vec<Rule> {
    let [starter, solution] = Program::both(lesson);
    let (executable, compiles) = compiles("its starter", course, &starter).await;
    let mut rules = vec![compiles];
    if let Some(executable) = executable {
        rules.extend(judged(course.root(), &starter, executable).await);
    }
    let (executable, compiles) = self::compiles("its solution", course, &solution).await;
    rules.push(compiles);
    if let Some(executable) = executable {
        rules.extend(judged(course.root(), &solution, executable).await);
    }
    rules
}

/// What holds of a program by the checks of its lesson. None where the server that it needs is not installed.
pub async fn judged(root: &Path, program: &Program, executable: PathBuf) -> Option<Rule> {
    let says =
        if program.solution { "its solution passes its checks" } else { "its starter fails the checks of its steps" };
    let faults = match programs::start(&program.lesson, executable).await {
        Ok(None) => return None,
        Ok(Some(subject)) if program.solution => Ok(programs::solution(&program.lesson, &subject).await),
        Ok(Some(subject)) => programs::starter(root, &program.lesson, &subject).await,
        Err(error) => Err(error),
    };
    Some(Rule::new(says, or_fault(faults)))
}

/// The program that is built, and what the compiler says of it.
async fn compiles(whose: &str, course: &Course, program: &Program) -> (Option<PathBuf>, Rule) {
    let (built, words) = match programs::build(course, program).await {
        Ok(Build::Clean(built)) => (Some(built), Vec::new()),
        Ok(Build::Words(words)) => (None, vec![words]),
        Err(error) => (None, vec![format!("{error:#}")]),
    };
    (built, Rule::new(format!("{whose} compiles without a warning"), words))
}

/// What holds of the texts that belong to no lesson.
///
/// # Errors
///
/// When one cannot be read.
pub fn of_texts(course: &Course, known: &Known<'_>) -> Result<Vec<Rule>> {
    let is_lesson_s = |text: &Text| ["lessons", "solutions"].iter().any(|folder| text.path.starts_with(folder));
    let texts: Vec<_> = texts::all(course.root())?.into_iter().filter(|text| !is_lesson_s(text)).collect();
    let mut rules = of_text("their", course.root(), &texts, known)?;
    rules.push(Rule::new(
        "they say how many lines a student writes, and these are not too many",
        lines::faults(course)?,
    ));
    rules.push(Rule::new("the plan of a class has the minutes of each lesson", plan::faults(course)?));
    Ok(rules)
}

/// What holds of the originals of the lessons.
///
/// # Errors
///
/// When git does not list them, or one cannot be read.
pub fn of_originals(root: &Path) -> Result<Rule> {
    let fault = originals::fault(root)?;
    let advice = "\nWas a lesson changed for the course? `cargo lab verify --write-originals` takes it as it is now. Is it your \
                  work on an exercise? `cargo lab reset NN` puts the lesson back, and keeps your work.";
    let faults = fault.map(|difference| format!("{}{advice}", difference.trim_end()));
    Ok(Rule::new(
        "the list of original files, and what is set aside of them, is up to date",
        faults.into_iter().collect(),
    ))
}

/// What holds of texts: `whose` they are, in the words of the rule.
fn of_text(whose: &str, root: &Path, texts: &[Text], known: &Known<'_>) -> Result<Vec<Rule>> {
    let mut commands = Vec::new();
    for text in texts {
        commands.extend(commands::faults(text, known)?);
    }
    let links = texts.iter().flat_map(|text| links::faults(root, text)).collect();
    let queries = texts.iter().flat_map(queries::faults).collect();
    let blocks = texts.iter().flat_map(blocks::faults).collect();
    let names = Names::read(root)?;
    let names = texts.iter().flat_map(|text| names.faults(text)).collect();
    Ok(vec![
        Rule::new(format!("{whose} links lead somewhere"), links),
        Rule::new(format!("{whose} commands can be typed"), commands),
        Rule::new(format!("{whose} queries can be asked"), queries),
        Rule::new(format!("{whose} code blocks can be read"), blocks),
        Rule::new(format!("{whose} metrics are those of the course"), names),
    ])
}

/// A program of its own may start with anything.
fn start(course: &Course, lesson: &Lesson) -> Result<Option<Rule>> {
    if let Some(before) = starters::before(course, lesson) {
        let says = format!("it starts where {} ends, with TODO comments and nothing else", before.name());
        return Ok(Some(Rule::new(says, starters::start(course, lesson, before)?)));
    }
    if course.lessons().first() == Some(lesson) {
        return Ok(Some(Rule::new("it starts without a metric", starters::has_no_metric(course, lesson)?)));
    }
    Ok(None)
}

fn way(root: &Path, lesson: &Lesson) -> Vec<String> {
    or_fault(Walk::read(root, lesson.name()).and_then(|walk| walk.end(root)))
}

/// What cannot be looked at is a fault like any other.
fn or_fault(faults: Result<Vec<String>>) -> Vec<String> {
    faults.unwrap_or_else(|error| vec![format!("{error:#}")])
}
