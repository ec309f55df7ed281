//! A student's code of a lesson, merged with the starter of the next one.
//!
//! The starter without its TODO comments is the solution of the lesson before it. So it is what both have grown from: the
//! student's code is another way to write it, and the starter adds its comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::course::{Course, Lesson, Program, todo};
use crate::machine::merge::{self, Sides};
use crate::problem::{Problem, Result};
use crate::student::files::{self, Files, path_in};

/// What is carried: the code, and what it depends on.
pub(super) const PARTS: [&str; 2] = ["Cargo.toml", "src"];

/// Texts, by their path in the crate.
type Texts = BTreeMap<String, String>;

/// What came of it.
#[derive(Debug)]
pub(super) enum Merged {
    /// The files of the lesson, by their path in the course.
    Clean(Files),
    /// Nothing, since these places are in the way.
    InTheWay(Vec<String>),
}

/// Merges the code.
///
/// # Errors
///
/// When a file cannot be had or is no text, or git does not run.
pub(super) fn merge(course: &Course, before: &Lesson, lesson: &Lesson) -> Result<Merged> {
    let [own, starter] = [before, lesson].map(|lesson| Program { lesson: lesson.clone(), solution: false });
    let first = originals(course, &own)?;
    let mine = renamed(without_done_comments(present(course, &own)?, &first), &own, &starter);
    let theirs = originals(course, &starter)?;
    let base = base(&theirs, &renamed(first, &own, &starter));
    let mut code = Files::new();
    let mut in_the_way = Vec::new();
    for path in mine.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
        match merge_file(path, [&mine, &base, &theirs].map(|texts| texts.get(path)), before, lesson)? {
            Ok(Some(text)) => {
                code.insert(format!("{}/{path}", starter.folder()), text.into_bytes());
            }
            Ok(None) => {}
            Err(place) => in_the_way.push(place),
        }
    }
    Ok(if in_the_way.is_empty() { Merged::Clean(code) } else { Merged::InTheWay(in_the_way) })
}

/// A file, none if it goes, or what is in the way.
fn merge_file(
    path: &str,
    [mine, base, theirs]: [Option<&String>; 3],
    before: &Lesson,
    lesson: &Lesson,
) -> Result<Result<Option<String>, String>> {
    match (mine, base, theirs) {
        (Some(mine), base, Some(theirs)) => {
            let base = base.map_or("", String::as_str);
            let sides = Sides { ours: mine, base, theirs };
            let names = [format!("your {}", before.name()), "our code".to_owned(), format!("our {}", lesson.name())];
            let names = names.each_ref().map(String::as_str);
            let settle = |sides: Sides<'_>| Ok(todo::settle(sides.theirs, sides.base, sides.ours));
            let merged = merge::merge(sides, names, settle)?;
            Ok(if merged.conflicts == 0 { Ok(Some(merged.text)) } else { Err(places(path, &merged.text)) })
        }
        (Some(mine), _, None) => Ok(Ok(Some(mine.clone()))),
        (None, None, theirs) => Ok(Ok(theirs.cloned())),
        // It was removed, and the lesson has nothing to say in it.
        (None, Some(base), theirs) if theirs.is_none_or(|theirs| theirs == base) => Ok(Ok(None)),
        (None, Some(_), _) => {
            Ok(Err(format!("{path}: you have no such file any more, and the lesson has TODO comments in it")))
        }
    }
}

/// The conflicts of a file, with git's marks.
fn places(path: &str, text: &str) -> String {
    let mut places = vec![format!("{path}:")];
    let mut lines = text.lines();
    while let Some(start) = lines.find(|line| merge::mark_in(line).is_some()) {
        places.push(start.to_owned());
        for line in lines.by_ref() {
            places.push(line.to_owned());
            if line.starts_with(merge::THEIRS) {
                break;
            }
        }
    }
    places.join("\n")
}

/// What both have grown from: of the code the starter without its comments, and of the manifest what it was when the
/// student began.
fn base(theirs: &Texts, first: &Texts) -> Texts {
    let stripped = theirs.iter().map(|(path, text)| match path.as_str() {
        "Cargo.toml" => (path.clone(), first.get(path).cloned().unwrap_or_default()),
        _ => (path.clone(), todo::strip(text)),
    });
    stripped.filter(|(_, text)| !text.trim().is_empty()).collect()
}

/// The TODO comments of the lesson before are done with, where they still stand.
fn without_done_comments(mine: Texts, first: &Texts) -> Texts {
    let without = mine.into_iter().map(|(path, text)| {
        let done = first.get(&path).map(|text| todo::blocks(text)).unwrap_or_default();
        let text = done.iter().fold(text, |text, block| text.replacen(block.as_str(), "", 1));
        (path, text)
    });
    without.filter(|(_, text)| !text.trim().is_empty()).collect()
}

fn renamed(texts: Texts, program: &Program, other: &Program) -> Texts {
    texts.into_iter().map(|(path, text)| (path, program.renamed(other, &text))).collect()
}

/// What a student has now.
fn present(course: &Course, program: &Program) -> Result<Texts> {
    let folder = course.root().join(program.folder());
    let mut texts = Texts::new();
    for part in PARTS {
        for path in files::read(&folder, &folder.join(part))?.into_keys() {
            let text = fs::read_to_string(folder.join(&path));
            let text = text.map_err(|error| {
                Problem::new(format!("cannot read {}/{path} as a text: {error}", program.folder()))
                    .advice("Nothing was changed. Move it out of `src`, and type the command again.")
            })?;
            // As editors on Windows may write it.
            texts.insert(path_in(&folder, &folder.join(&path)), text.replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

/// What was handed out.
fn originals(course: &Course, program: &Program) -> Result<Texts> {
    let contents = course.originals().contents(course.root(), &program.lesson)?;
    let folder = format!("{}/", program.folder());
    let texts = contents.into_iter().filter_map(|(path, content)| {
        let path = path.strip_prefix(&folder)?;
        let is_part = PARTS.iter().any(|part| path.split('/').next() == Some(part));
        is_part.then(|| (path.to_owned(), String::from_utf8_lossy(&content).replace("\r\n", "\n")))
    });
    Ok(texts.collect())
}
