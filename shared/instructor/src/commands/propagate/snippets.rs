//! Edits of a file, `find` and `replace`, carried over to another form of that file.
//!
//! An edit that still finds its place stays as it is. Of any other, what it makes of the old file is merged with the new
//! file, and the edit is made anew from what comes out: as small as it was, or as small as its place allows.

use std::ops::Range;

use lab::course::todo;
use lab::machine::merge::{self, Merged, Names, Sides};
use lab::problem::Result;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One place of a file, and what is written there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snippet {
    /// What stands there, exactly once.
    pub find: String,
    /// What is written instead.
    pub replace: String,
}

/// How the edits of one file have fared.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// As many as there were. One that has nothing left to do is none.
    pub snippets: Vec<Option<Snippet>>,
    /// What has to happen before them, so that they end where they should.
    pub first: Vec<Snippet>,
    /// How many places merged by words, where lines alone would not have.
    pub settled: usize,
    /// How many places are for somebody to resolve. Git's marks are in what is written there.
    pub conflicts: usize,
}

/// The new form of a file on its way through the edits.
#[derive(Debug)]
struct Way {
    /// Before all of them, and after each.
    texts: Vec<String>,
    /// What is after an edit, with git's marks, where it has conflicts. The texts go on with what the edit writes.
    marked: Vec<Option<String>>,
    settled: usize,
    conflicts: usize,
}

const NAMES: Names<'static> = ["the edit", "the file before", "the file now"];

impl Snippet {
    /// What becomes of a text; none if it does not have the place, or has it more than once.
    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let (before, after) = text.split_once(&self.find)?;
        // Two places may overlap, so that the second begins inside of the first.
        let is_once = !self.find.is_empty() && text.matches(&self.find).count() == 1;
        is_once.then(|| format!("{before}{}{after}", self.replace))
    }
}

/// What becomes of a text, edit by edit; none if one does not fit.
pub(super) fn apply_all<'a>(snippets: impl IntoIterator<Item = &'a Snippet>, text: &str) -> Option<String> {
    snippets.into_iter().try_fold(text.to_owned(), |text, snippet| snippet.apply(&text))
}

/// Carries the edits of a file from its old form to the new one. With `end`, they lead to just that.
///
/// None if they did not fit the old form.
///
/// # Errors
///
/// When git does not merge.
pub(super) fn carry(snippets: &[Snippet], old: &str, new: &str, end: Option<&str>) -> Result<Option<Carried>> {
    let Some(states) = states(snippets, old) else { return Ok(None) };
    let Way { mut texts, mut marked, settled, conflicts } = forward(snippets, &states, new)?;
    let mut carried = Carried { settled, conflicts, ..Carried::default() };
    if let Some(end) = end {
        lead_to(&mut texts, end)?;
        // Where they lead is known, so that nobody has to look.
        marked.fill(None);
        carried = Carried { first: between(new, &texts[0]), ..Carried::default() };
    }
    for (index, snippet) in snippets.iter().enumerate() {
        let after = marked[index].as_ref().unwrap_or(&texts[index + 1]);
        carried.snippets.push(anew(snippet, &states[index], &texts[index], after, marked[index].is_some()));
    }
    Ok(Some(carried))
}

/// A file before all edits, and after each.
fn states(snippets: &[Snippet], start: &str) -> Option<Vec<String>> {
    let mut states = vec![start.to_owned()];
    for snippet in snippets {
        let next = snippet.apply(states.last()?)?;
        states.push(next);
    }
    Some(states)
}

fn forward(snippets: &[Snippet], states: &[String], new: &str) -> Result<Way> {
    let mut way = Way { texts: vec![new.to_owned()], marked: Vec::new(), settled: 0, conflicts: 0 };
    let mut text = new.to_owned();
    for (snippet, pair) in snippets.iter().zip(states.windows(2)) {
        let mut marked = None;
        text = match snippet.apply(&text) {
            Some(text) => text,
            // What is to go goes in its new form, too.
            None if snippet.replace.trim().is_empty() => without(snippet, &pair[0], &text),
            None => {
                let sides = Sides { ours: &pair[1], base: &pair[0], theirs: &text };
                let merged = merge::merge(sides, NAMES, settle)?;
                way.settled += merged.settled;
                way.conflicts += merged.conflicts;
                marked = (merged.conflicts > 0).then_some(merged.text);
                with_ours(sides)?.text
            }
        };
        way.texts.push(text.clone());
        way.marked.push(marked);
    }
    Ok(way)
}

/// A text without what an edit takes away, in whatever form it is there.
fn without(snippet: &Snippet, old: &str, text: &str) -> String {
    let Some(start) = old.find(&snippet.find) else { return text.to_owned() };
    let place = moved(old, text, start..start + snippet.find.len());
    format!("{}{}{}", &text[..place.start], snippet.replace, &text[place.end..])
}

/// Changes the texts, from the last one back, so that they lead to the end. What an edit has written changes in that edit.
fn lead_to(texts: &mut [String], end: &str) -> Result<()> {
    let mut next = end.to_owned();
    for index in (0..texts.len()).rev() {
        let was = std::mem::replace(&mut texts[index], next);
        if index > 0 && was != texts[index] {
            next = with_ours(Sides { ours: &texts[index - 1], base: &was, theirs: &texts[index] })?.text;
        } else if index > 0 {
            return Ok(());
        } else {
            break;
        }
    }
    Ok(())
}

/// A merge in which ours wins where both meet.
fn with_ours(sides: Sides<'_>) -> Result<Merged> {
    let ours = |sides: Sides<'_>| Ok(settle(sides)?.or_else(|| Some(sides.ours.to_owned())));
    merge::merge(sides, NAMES, ours)
}

/// TODO comments go with either side, and two changes of one line merge word by word.
pub(super) fn settle(sides: Sides<'_>) -> Result<Option<String>> {
    let Sides { ours, base, theirs } = sides;
    match todo::settle(ours, base, theirs).or_else(|| todo::settle(theirs, base, ours)) {
        Some(text) => Ok(Some(text)),
        None => merge::by_words(sides),
    }
}

/// The edit that leads from one text to the other. None if they are the same.
fn anew(snippet: &Snippet, old: &str, before: &str, after: &str, has_marks: bool) -> Option<Snippet> {
    if snippet.apply(before).as_deref() == Some(after) {
        return Some(snippet.clone());
    }
    let changed = changed(before, after)?;
    // What it has found says how much around the change belongs to it.
    let found = old.find(&snippet.find).map(|start| start..start + snippet.find.len());
    let place = found.map_or(changed.clone(), |found| moved(old, before, found));
    let place = if is_all(before, after, &place) { place } else { union(&place, &changed) };
    let is_of_lines = has_marks || snippet.find.ends_with('\n');
    let place = if is_of_lines { whole_lines(before, place) } else { place };
    Some(cut(before, after, unique(before, place)))
}

/// The edits that lead from one text to the other, each of a few lines.
fn between(before: &str, after: &str) -> Vec<Snippet> {
    let (old, new): (Vec<_>, Vec<_>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut text = before.to_owned();
    let mut snippets = Vec::new();
    // From the last to the first, so that each stands where it stood.
    for op in ops.iter().rev().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let start: usize = old[..op.old_range().start].iter().map(|line| line.len()).sum();
        let length: usize = old[op.old_range()].iter().map(|line| line.len()).sum();
        let next = format!("{}{}{}", &text[..start], new[op.new_range()].concat(), &text[start + length..]);
        snippets.push(cut(&text, &next, unique(&text, start..start + length)));
        text = next;
    }
    // In a file that is empty, there is no place to find.
    snippets.retain(|snippet| !snippet.find.is_empty());
    snippets
}

/// Whether the texts are the same before the place, and after it.
fn is_all(before: &str, after: &str, place: &Range<usize>) -> bool {
    let (start, end) = (&before[..place.start], &before[place.end..]);
    after.len() >= start.len() + end.len() && after.starts_with(start) && after.ends_with(end)
}

/// What stands at a place, and what stands there afterwards. All else is the same.
fn cut(before: &str, after: &str, place: Range<usize>) -> Snippet {
    let rest = before.len() - place.end;
    Snippet { find: before[place.clone()].to_owned(), replace: after[place.start..after.len() - rest].to_owned() }
}

/// The smallest place that differs, in words; none if the texts are the same.
fn changed(before: &str, after: &str) -> Option<Range<usize>> {
    if before == after {
        return None;
    }
    let (old, new): (Vec<_>, Vec<_>) = (merge::words(before).collect(), merge::words(after).collect());
    let start = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let start: usize = merge::words(before).take(start).map(str::len).sum();
    let length: usize = old[..old.len() - end].iter().map(|word| word.len()).sum();
    Some(start..start + length)
}

/// Where a place of the old text is in the new one.
fn moved(old: &str, new: &str, place: Range<usize>) -> Range<usize> {
    let (old_words, new_words): (Vec<_>, Vec<_>) = (merge::words(old).collect(), merge::words(new).collect());
    let ops = capture_diff_slices(Algorithm::Myers, &old_words, &new_words);
    let length = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
    let (mut start, mut end) = (None, 0);
    for op in ops {
        let old_start = length(&old_words[..op.old_range().start]);
        let old_end = old_start + length(&old_words[op.old_range()]);
        let new_start = length(&new_words[..op.new_range().start]);
        let new_end = new_start + length(&new_words[op.new_range()]);
        if old_end <= place.start || old_start >= place.end {
            continue;
        }
        let is_equal = matches!(op, DiffOp::Equal { .. });
        let inside = |offset: usize| new_start + (offset.max(old_start) - old_start);
        start.get_or_insert(if is_equal { inside(place.start) } else { new_start });
        end = if is_equal { inside(place.end.min(old_end)) } else { new_end };
    }
    let start = start.unwrap_or(end);
    start..end.max(start)
}

fn union(one: &Range<usize>, other: &Range<usize>) -> Range<usize> {
    one.start.min(other.start)..one.end.max(other.end)
}

fn whole_lines(text: &str, place: Range<usize>) -> Range<usize> {
    let start = text[..place.start].rfind('\n').map_or(0, |index| index + 1);
    let is_whole = place.end > start && text[..place.end].ends_with('\n');
    let end = if is_whole {
        place.end
    } else {
        text[place.end..].find('\n').map_or(text.len(), |index| place.end + index + 1)
    };
    start..end
}

/// The place with as many lines around it as it takes for the text to have it once.
fn unique(text: &str, mut place: Range<usize>) -> Range<usize> {
    let mut above = false;
    while place.is_empty() || text.matches(&text[place.clone()]).count() > 1 {
        let wider = whole_lines(text, place.clone());
        place = match (wider != place, above) {
            (true, _) => wider,
            (false, true) if place.start > 0 => whole_lines(text, place.start - 1..place.end),
            (false, _) if place.end < text.len() => {
                let next = text[place.end..].find('\n').map_or(text.len(), |index| place.end + index + 1);
                place.start..next
            }
            (false, _) if place.start > 0 => whole_lines(text, place.start - 1..place.end),
            (false, _) => return place,
        };
        above = !above;
    }
    place
}
