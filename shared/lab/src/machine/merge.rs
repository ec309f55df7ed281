//! Git's three-way merge of texts.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output};

use crate::problem::{Problem, Result};

const OURS: &str = "<<<<<<< ";
const BASE: &str = "||||||| ";
const BETWEEN: &str = "=======";
/// How the last line of a conflict begins.
pub const THEIRS: &str = ">>>>>>> ";

/// What git ends with when it could not merge at all. Below that, it is the number of conflicts.
const FAILED: i32 = 128;

/// Two texts that have grown from a third one.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The one that takes the changes in.
    pub ours: &'a str,
    /// What both come from.
    pub base: &'a str,
    /// The one with the changes.
    pub theirs: &'a str,
}

/// How the three are named beside git's marks, in the order of [`Sides`].
pub type Names<'a> = [&'a str; 3];

/// What came of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The text, with git's marks around each conflict.
    pub text: String,
    /// How many conflicts there are.
    pub conflicts: usize,
    /// How many there would be, were it not for what settles them.
    pub settled: usize,
}

/// A part of what git answers.
#[derive(Debug)]
enum Part {
    Text(String),
    Conflict { ours: String, base: String, theirs: String },
}

/// Merges line by line. Where both sides change the same place, `settle` may know what to make of it.
///
/// # Errors
///
/// When git does not run, or cannot merge them.
pub fn merge(
    sides: Sides<'_>,
    names: Names<'_>,
    settle: impl Fn(Sides<'_>) -> Result<Option<String>>,
) -> Result<Merged> {
    let Sides { ours, base, theirs } = sides;
    if theirs == base || ours == theirs {
        return Ok(Merged { text: ours.to_owned(), conflicts: 0, settled: 0 });
    }
    let (answer, _) = ask_git(sides, &["--diff3"], names)?;
    let mut merged = Merged { text: String::new(), conflicts: 0, settled: 0 };
    for part in parts(&answer, names) {
        match part {
            Part::Text(text) => merged.text.push_str(&text),
            Part::Conflict { ours, base, theirs } => {
                let sides = Sides { ours: &ours, base: &base, theirs: &theirs };
                if let Some(text) = settle(sides)? {
                    merged.settled += 1;
                    merged.text.push_str(&text);
                } else {
                    merged.conflicts += 1;
                    merged.text.push_str(&marked(sides, names));
                }
            }
        }
    }
    Ok(merged)
}

/// Merges word by word: two changes of one line, which do not touch. None if they do.
///
/// # Errors
///
/// When git does not run, or cannot merge them.
pub fn by_words(sides: Sides<'_>) -> Result<Option<String>> {
    let [ours, base, theirs] = [sides.ours, sides.base, sides.theirs].map(a_word_in_each_line);
    let sides = Sides { ours: &ours, base: &base, theirs: &theirs };
    let (answer, conflicts) = ask_git(sides, &[], ["ours", "base", "theirs"])?;
    Ok((conflicts == 0)
        .then(|| answer.split_terminator('\n').map(|word| word.replace("\\n", "\n").replace("\\\\", "\\")).collect()))
}

/// The first line with a mark that git leaves at a conflict, counted from 1.
pub fn mark_in(text: &str) -> Option<usize> {
    let is_mark = |line: &str| line.starts_with(OURS) || line.starts_with(THEIRS) || line.starts_with(BASE);
    text.lines().position(is_mark).map(|index| index + 1)
}

/// What git answers, and the number of conflicts.
fn ask_git(sides: Sides<'_>, options: &[&str], names: Names<'_>) -> Result<(String, i32)> {
    let folder = tempfile::tempdir().map_err(|error| unmerged(&error))?;
    let files = ["ours", "base", "theirs"].map(|name| folder.path().join(name));
    for (file, text) in files.iter().zip([sides.ours, sides.base, sides.theirs]) {
        fs::write(file, text).map_err(|error| unmerged(&error))?;
    }
    let labels = names.iter().flat_map(|name| ["-L", name]);
    let output = git(folder.path(), &[&["merge-file", "--stdout"], options].concat(), labels, &files)?;
    match output.status.code() {
        Some(conflicts @ 0..FAILED) => Ok((String::from_utf8_lossy(&output.stdout).into_owned(), conflicts)),
        _ => Err(Problem::new("git cannot merge. It says:").quoting(String::from_utf8_lossy(&output.stderr))),
    }
}

fn git<'a>(
    folder: &Path,
    arguments: &[&str],
    labels: impl Iterator<Item = &'a str>,
    files: &[impl AsRef<Path>],
) -> Result<Output> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).args(labels).args(files.iter().map(AsRef::as_ref));
    command.output().map_err(|error| {
        Problem::new(format!("git does not run: {error}"))
            .advice("The merge is git's own. Install git (https://git-scm.com/downloads), and type the command again.")
    })
}

fn unmerged(error: &io::Error) -> Problem {
    Problem::new(format!("the files for git to merge cannot be written: {error}"))
}

fn parts(answer: &str, names: Names<'_>) -> Vec<Part> {
    let [ours_mark, base_mark, theirs_mark] = marks(names);
    let mut parts = vec![Part::Text(String::new())];
    // Which of the sides of a conflict the line belongs to.
    let mut side = 0;
    for line in answer.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        match (side, parts.last_mut()) {
            (0, _) if content == ours_mark => {
                side = 1;
                parts.push(Part::Conflict { ours: String::new(), base: String::new(), theirs: String::new() });
            }
            (1, _) if content == base_mark => side = 2,
            (2, _) if content == BETWEEN => side = 3,
            (3, _) if content == theirs_mark => {
                side = 0;
                parts.push(Part::Text(String::new()));
            }
            (1, Some(Part::Conflict { ours, .. })) => ours.push_str(line),
            (2, Some(Part::Conflict { base, .. })) => base.push_str(line),
            (_, Some(Part::Conflict { theirs, .. })) => theirs.push_str(line),
            (_, Some(Part::Text(text))) => text.push_str(line),
            (_, None) => {}
        }
    }
    parts
}

fn marks([ours, base, theirs]: Names<'_>) -> [String; 3] {
    [format!("{OURS}{ours}"), format!("{BASE}{base}"), format!("{THEIRS}{theirs}")]
}

fn marked(Sides { ours, base, theirs }: Sides<'_>, names: Names<'_>) -> String {
    let [ours_mark, base_mark, theirs_mark] = marks(names);
    format!("{ours_mark}\n{ours}{base_mark}\n{base}{BETWEEN}\n{theirs}{theirs_mark}\n")
}

fn a_word_in_each_line(text: &str) -> String {
    words(text).map(|word| format!("{}\n", word.replace('\\', "\\\\").replace('\n', "\\n"))).collect()
}

/// Names and numbers, and each other character for itself.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let length =
            if is_part(first) { rest.find(|other| !is_part(other)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, others) = rest.split_at(length);
        rest = others;
        Some(word)
    })
}
