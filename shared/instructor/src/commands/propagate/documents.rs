//! The TOML files of `shared/course` whose edits find their places in the crates: steps, mistakes and right ways. Whatever
//! is not changed in them stays as it is written.

use std::collections::BTreeMap;

use lab::problem::{Problem, Result};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::snippets::{self, Carried, Snippet};

/// The texts of a crate, by their path in it.
pub(super) type Texts = BTreeMap<String, String>;

/// A crate whose places the edits find, before and after the change, and where they have to lead, if they have to lead to
/// something.
#[derive(Debug)]
pub(super) struct Crate {
    pub old: Texts,
    pub new: Texts,
    pub end: Option<Texts>,
}

/// What becomes of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its edits fit as they are.
    Fits,
    /// The text with the edits made anew.
    Changed {
        text: String,
        /// How many places merged by words.
        settled: usize,
        /// How many have git's marks.
        conflicts: usize,
        /// What stands in the way, and cannot have marks.
        in_the_way: Vec<String>,
    },
}

/// An edit, and the list that it stands in: a step's, or the only one.
#[derive(Debug)]
struct Written {
    list: usize,
    file: String,
    snippet: Snippet,
}

/// What becomes of a list of edits.
#[derive(Debug, Default)]
struct List {
    /// A change for each edit; none if it goes.
    changes: Vec<Option<Snippet>>,
    /// What comes before them, with the file that it is in.
    first: Vec<(String, Snippet)>,
}

/// Makes the edits of a document fit the new form of the crate.
///
/// # Errors
///
/// When it is no such document, or git does not merge.
pub(super) fn carry(path: &str, text: &str, of: &Crate) -> Result<Outcome> {
    let mut document: DocumentMut =
        text.parse().map_err(|error| Problem::new(format!("{path} is broken")).quoting(format!("{error}")))?;
    let written = read(&mut document).ok_or_else(|| Problem::new(format!("{path} has no edits as it should have")))?;
    if fits(&written, of) {
        return Ok(Outcome::Fits);
    }
    let mut lists: Vec<List> = (0..lists(&mut document).len()).map(|_| List::default()).collect();
    let mut in_the_way = Vec::new();
    let (mut settled, mut conflicts) = (0, 0);
    // The files do not depend on each other.
    let mut changes: Vec<Option<Snippet>> = written.iter().map(|edit| Some(edit.snippet.clone())).collect();
    for file in files(&written, of) {
        let indices: Vec<_> = (0..written.len()).filter(|index| written[*index].file == file).collect();
        let snippets: Vec<_> = indices.iter().map(|index| written[*index].snippet.clone()).collect();
        let end = of.end.as_ref().map(|end| end.get(&file).map_or("", String::as_str));
        let [old, new] = [&of.old, &of.new].map(|texts| texts.get(&file).map_or("", String::as_str));
        let Some(carried) = snippets::carry(&snippets, old, new, end)? else {
            in_the_way.push(format!("its edits did not fit {file} before the change either"));
            continue;
        };
        settled += carried.settled;
        conflicts += carried.conflicts;
        if of.end.is_none() {
            in_the_way.extend(idle(&file, &snippets, &carried));
        }
        for (index, snippet) in indices.iter().zip(carried.snippets) {
            // A mistake whose edit does nothing is left as it is, for somebody to look at.
            if snippet.is_some() || of.end.is_some() {
                changes[*index] = snippet;
            }
        }
        let first_list = indices.first().or(if written.is_empty() { None } else { Some(&0) });
        if let Some(list) = first_list.and_then(|index| lists.get_mut(written[*index].list)) {
            list.first.extend(carried.first.into_iter().map(|snippet| (file.clone(), snippet)));
        }
    }
    for (edit, change) in written.iter().zip(changes) {
        lists[edit.list].changes.push(change);
    }
    write(&mut document, lists);
    Ok(Outcome::Changed { text: document.to_string(), settled, conflicts, in_the_way })
}

/// Edits that have nothing left to do.
fn idle(file: &str, snippets: &[Snippet], carried: &Carried) -> Vec<String> {
    let idle = carried.snippets.iter().zip(snippets).filter(|(snippet, _)| snippet.is_none());
    idle.map(|(_, snippet)| format!("{file}: what this edit does is there already:\n{}", snippet.find.trim_end()))
        .collect()
}

/// Whether all edits find their places, and lead where they should.
fn fits(written: &[Written], of: &Crate) -> bool {
    files(written, of).iter().all(|file| {
        let snippets = written.iter().filter(|edit| edit.file == *file).map(|edit| &edit.snippet);
        let start = of.new.get(file).map_or("", String::as_str);
        let end = snippets::apply_all(snippets, start);
        let expected = of.end.as_ref().map(|texts| texts.get(file).map_or("", String::as_str));
        end.is_some_and(|end| expected.is_none_or(|expected| end == expected))
    })
}

/// The files that have edits, and those that have to be led somewhere.
fn files(written: &[Written], of: &Crate) -> Vec<String> {
    let led = of.end.iter().flat_map(|end| end.iter().filter(|(path, text)| of.new.get(*path) != Some(text)));
    let mut files: Vec<_> =
        led.map(|(path, _)| path.clone()).chain(written.iter().map(|edit| edit.file.clone())).collect();
    files.sort();
    files.dedup();
    files
}

/// The lists of edits: one for each step, or the only one.
fn lists(document: &mut DocumentMut) -> Vec<Option<&mut ArrayOfTables>> {
    if document.contains_key("steps") {
        let steps = document.get_mut("steps").and_then(Item::as_array_of_tables_mut);
        return steps.map(|steps| steps.iter_mut().map(edits).collect()).unwrap_or_default();
    }
    vec![edits(document.as_table_mut())]
}

fn edits(table: &mut Table) -> Option<&mut ArrayOfTables> {
    table.get_mut("edits").and_then(Item::as_array_of_tables_mut)
}

/// All edits, in their order. None if one is not as it should be.
fn read(document: &mut DocumentMut) -> Option<Vec<Written>> {
    let mut written = Vec::new();
    for (list, edits) in lists(document).into_iter().enumerate() {
        for table in edits.into_iter().flat_map(|edits| edits.iter()) {
            let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
            let snippet = Snippet { find: text("find")?, replace: text("replace")? };
            written.push(Written { list, file: text("file")?, snippet });
        }
    }
    Some(written)
}

fn write(document: &mut DocumentMut, changed: Vec<List>) {
    for (edits, list) in lists(document).into_iter().zip(changed) {
        let Some(edits) = edits else { continue };
        let old = std::mem::take(edits);
        for (file, snippet) in &list.first {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            table.insert("file", file.clone().into());
            put(&mut table, snippet);
            edits.push(table);
        }
        for (mut table, change) in old.into_iter().zip(list.changes) {
            if let Some(snippet) = change {
                put(&mut table, &snippet);
                edits.push(table);
            }
        }
    }
}

/// Writes what differs.
fn put(table: &mut Table, snippet: &Snippet) {
    for (key, text) in [("find", &snippet.find), ("replace", &snippet.replace)] {
        if table.get(key).and_then(Item::as_str) != Some(text) {
            table.insert(key, Item::Value(value(text)));
        }
    }
}

/// A text as one would write it by hand.
fn value(text: &str) -> Value {
    let has_quotes = text.contains(['"', '\\']);
    let written = match text {
        text if text.contains("'''") => None,
        text if text.contains('\n') => Some(format!("'''\n{text}'''")),
        text if has_quotes && text.contains('\'') => Some(format!("'''{text}'''")),
        text if has_quotes => Some(format!("'{text}'")),
        text => Some(format!("\"{text}\"")),
    };
    // What cannot be written so is written with escapes.
    let parsed = written.and_then(|written| written.parse::<Value>().ok());
    parsed.filter(|value| value.as_str() == Some(text)).unwrap_or_else(|| text.into())
}
