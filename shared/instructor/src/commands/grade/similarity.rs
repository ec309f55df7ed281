//! Pairs of submissions that share more than the starter and the solution explain: a hint for a talk, and never a verdict.
//!
//! By winnowing, as in Schleimer, Wilkerson and Aiken: Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD 2003.
//! Each run of [`GRAM`] tokens has a hash, and of each [`WINDOW`] hashes in a row the least is a fingerprint. So a common
//! run of `GRAM + WINDOW - 1` tokens is found, wherever it stands, and one that is shorter than `GRAM` never. What the
//! starter, the solution or a third of the class has, too, does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use lab::course::{Course, Program};
use lab::problem::{Problem, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde::Serialize;
use walkdir::WalkDir;

use super::class::Class;
use super::handed_in::Original;
use super::text;

/// How many tokens in a row have a hash.
const GRAM: usize = 12;
/// Of how many hashes in a row the least counts.
const WINDOW: usize = 8;
/// How many fingerprints two submissions share at least before they are named: about twenty lines.
const LEAST: usize = 8;
/// What so many submissions of a small class have says something yet. In a large one, it is what one in so many has.
const MOST_SHARE: usize = 3;

/// Two submissions that share much.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) lesson: String,
    pub(super) students: [String; 2],
    /// How many fingerprints they share.
    pub(super) shared: usize,
    /// Where these are, in the first and in the second.
    pub(super) places: [Vec<Lines>; 2],
}

/// Lines of a file, from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Lines {
    pub(super) file: String,
    pub(super) first: usize,
    pub(super) last: usize,
}

/// The fingerprints of a crate, and where each is.
type Fingerprints = BTreeMap<u64, Lines>;

/// The pairs of a class, those that share most first.
///
/// # Errors
///
/// When a solution cannot be read.
pub(super) fn pairs(course: &Course, class: &Class) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for original in &class.originals {
        pairs.extend(pairs_of_lesson(course, class, original)?);
    }
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.shared));
    Ok(pairs)
}

fn pairs_of_lesson(course: &Course, class: &Class, original: &Original) -> Result<Vec<Pair>> {
    let known = known(course, original)?;
    let handed_in = class.students.iter().filter_map(|student| {
        let handed_in = student.lessons.get(original.lesson.name())?;
        let mut fingerprints = of_crate(&handed_in.source);
        fingerprints.retain(|fingerprint, _| !known.contains(fingerprint));
        Some((student.name.as_str(), fingerprints))
    });
    let mut handed_in: Vec<_> = handed_in.collect();
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    handed_in.iter().flat_map(|(_, prints)| prints.keys()).for_each(|print| *counts.entry(*print).or_default() += 1);
    let most = (handed_in.len() / MOST_SHARE).max(MOST_SHARE);
    for (_, fingerprints) in &mut handed_in {
        fingerprints.retain(|fingerprint, _| counts.get(fingerprint).is_some_and(|count| *count <= most));
    }
    let mut pairs = Vec::new();
    for (index, one) in handed_in.iter().enumerate() {
        pairs.extend(handed_in[index + 1..].iter().filter_map(|other| pair(original.lesson.name(), one, other)));
    }
    Ok(pairs)
}

fn pair(lesson: &str, one: &(&str, Fingerprints), other: &(&str, Fingerprints)) -> Option<Pair> {
    let shared: Vec<_> = one.1.keys().filter(|fingerprint| other.1.contains_key(fingerprint)).collect();
    let lines = |prints: &Fingerprints| joined(shared.iter().filter_map(|print| prints.get(print)).cloned().collect());
    (shared.len() >= LEAST).then(|| Pair {
        lesson: lesson.to_owned(),
        students: [one.0.to_owned(), other.0.to_owned()],
        shared: shared.len(),
        places: [lines(&one.1), lines(&other.1)],
    })
}

/// Lines that touch, as one.
fn joined(mut lines: Vec<Lines>) -> Vec<Lines> {
    lines.sort();
    let mut joined: Vec<Lines> = Vec::new();
    for next in lines {
        match joined.last_mut() {
            Some(last) if last.file == next.file && next.first <= last.last + 1 => last.last = last.last.max(next.last),
            _ => joined.push(next),
        }
    }
    joined
}

/// What nobody has from another student: the starter has it, or a solution.
fn known(course: &Course, original: &Original) -> Result<BTreeSet<u64>> {
    let mut known: BTreeSet<_> = of_crate(&original.starter().source).into_keys().collect();
    let solution = Program { lesson: original.lesson.clone(), solution: true };
    let source = read(&course.root().join(solution.folder()), course)?;
    known.extend(of_crate(&source).into_keys());
    Ok(known)
}

fn read(folder: &Path, course: &Course) -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut source = BTreeMap::new();
    let files = WalkDir::new(folder.join("src")).into_iter().flatten();
    for file in files.filter(|entry| entry.file_type().is_file()) {
        let path = file.path().strip_prefix(course.root()).unwrap_or(file.path());
        let content = fs::read(file.path())
            .map_err(|error| Problem::new(format!("{} cannot be read: {error}", path.display())))?;
        source.insert(path.as_os_str().as_encoded_bytes().to_vec(), content);
    }
    Ok(source)
}

/// The fingerprints of the Rust in a crate. What is no Rust has none.
fn of_crate(source: &BTreeMap<Vec<u8>, Vec<u8>>) -> Fingerprints {
    let mut fingerprints = Fingerprints::new();
    for (path, content) in source.iter().filter(|(path, _)| path.ends_with(b".rs")) {
        let tokens = tokens(&String::from_utf8_lossy(content));
        for (fingerprint, first, last) in winnow(&tokens) {
            fingerprints.entry(fingerprint).or_insert_with(|| Lines { file: text::name(path), first, last });
        }
    }
    fingerprints
}

/// A token and its line. Comments and blanks are none.
type Token = (String, usize);

fn tokens(code: &str) -> Vec<Token> {
    code.parse().map(flat).unwrap_or_default()
}

/// All tokens in their order, brackets included. It keeps a list of the open ones, since somebody may have nested them
/// deeper than this program may call itself.
fn flat(code: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut open = vec![(code.into_iter(), None)];
    while let Some((rest, end)) = open.last_mut() {
        match rest.next() {
            Some(TokenTree::Group(group)) => {
                let (start, end) = brackets(group.delimiter());
                tokens.push((start.to_owned(), group.span_open().start().line));
                open.push((group.stream().into_iter(), Some((end.to_owned(), group.span_close().end().line))));
            }
            Some(other) => tokens.push((other.to_string(), other.span().start().line)),
            None => {
                tokens.extend(end.take());
                open.pop();
            }
        }
    }
    tokens
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// The fingerprints of a file, each with its first and last line.
fn winnow(tokens: &[Token]) -> Vec<(u64, usize, usize)> {
    let grams = tokens.windows(GRAM).map(|gram| {
        let mut hasher = DefaultHasher::new();
        gram.iter().for_each(|(token, _)| token.hash(&mut hasher));
        (hasher.finish(), gram[0].1, gram[GRAM - 1].1)
    });
    let grams: Vec<_> = grams.collect();
    let least = grams.windows(WINDOW).filter_map(|window| window.iter().min_by_key(|gram| gram.0).copied());
    least.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(code: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
        BTreeMap::from([(b"src/lib.rs".to_vec(), code.as_bytes().to_vec())])
    }

    fn function(name: &str) -> String {
        let lines = (0..12).map(|number| format!("    let {name}{number} = compute({number}) + {name} * {number};\n"));
        format!("fn {name}() {{\n{}}}\n", lines.collect::<String>())
    }

    #[test]
    fn what_is_shared_is_found_wherever_it_stands() {
        let shared = function("shared");
        let one = of_crate(&source(&format!("{}{shared}", function("one"))));
        let other = of_crate(&source(&format!("{shared}{}", function("other"))));
        let pair = pair("03-histogram", &("anna", one), &("ben", other)).unwrap();
        assert_eq!(pair.places[0].len(), 1, "{pair:?}");
        assert!(pair.places[0][0].first >= 14 && pair.places[1][0].last <= 15, "{pair:?}");
    }

    #[test]
    fn code_of_ones_own_is_no_pair() {
        let [one, other] = ["one", "other"].map(|name| of_crate(&source(&function(name))));
        assert!(pair("03-histogram", &("anna", one), &("ben", other)).is_none());
    }

    #[test]
    fn code_that_is_nested_deeper_than_a_stack_is_read() {
        let deep = 200_000;
        assert_eq!(tokens(&format!("{}{}", "(".repeat(deep), ")".repeat(deep))).len(), 2 * deep);
    }

    #[test]
    fn code_that_is_no_rust_has_no_fingerprint() {
        assert!(of_crate(&source("fn main( { \u{0} \"")).is_empty());
    }
}
