//! What of a lesson was handed in, held against the course: the student's `src`, and what is not taken.

use std::collections::{BTreeMap, BTreeSet};

use lab::course::originals::blob_id;
use lab::course::{Course, Lesson};
use lab::problem::Result;

use super::text;
use super::tree::{Budget, Entry, Tree};

/// How deep a course or a lesson may lie in what was handed in: a ZIP has it in a folder of its own.
const DEEPEST: usize = 3;
/// The most differences that are named of what is not a student's to edit.
const MOST_NOTES: usize = 5;

/// A lesson as the course hands it out.
#[derive(Debug, Clone)]
pub(super) struct Original {
    pub(super) lesson: Lesson,
    /// By their path in the lesson's folder.
    files: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Original {
    /// # Errors
    ///
    /// When a file is nowhere to be had.
    pub(super) fn of(course: &Course, lesson: &Lesson) -> Result<Self> {
        let folder = format!("lessons/{}/", lesson.name());
        let contents = course.originals().contents(course.root(), lesson)?;
        let inside = |(path, content): (String, _)| Some((path.strip_prefix(&folder)?.as_bytes().to_vec(), content));
        Ok(Self { lesson: lesson.clone(), files: contents.into_iter().filter_map(inside).collect() })
    }

    /// What it starts with, as if that had been handed in.
    pub(super) fn starter(&self) -> HandedIn {
        HandedIn {
            source: self.files.clone().into_iter().filter(|(path, _)| is_source(path)).collect(),
            notes: Vec::new(),
        }
    }

    /// The files of a crate that is judged: the student's source, and everything else as it was handed out.
    pub(super) fn with(&self, handed_in: &HandedIn) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let ours = self.files.clone().into_iter().filter(|(path, _)| !is_source(path));
        ours.chain(handed_in.source.clone()).collect()
    }

    /// All that decides about a verdict and is not the student's.
    pub(super) fn id(&self) -> String {
        super::tree::hash(self.files.iter().flat_map(|(path, content)| [path, content]))
    }

    fn folder_name(&self) -> &str {
        self.lesson.name()
    }
}

/// The source code of a lesson, as a student has left it.
#[derive(Debug, Clone, Default)]
pub(super) struct HandedIn {
    /// By their path in the lesson's folder: `src/...`.
    pub(super) source: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What was handed in beside it and is not judged.
    pub(super) notes: Vec<String>,
}

impl HandedIn {
    /// Looks for a lesson in what was handed in. Nothing where it is not there.
    pub(super) fn find(tree: &Tree, original: &Original) -> Option<Self> {
        let folder = folder_of(tree, original)?;
        let inside = tree.below(&folder);
        let mut handed_in = Self::default();
        for (path, entry) in inside.iter().filter(|(path, _)| is_source(path)) {
            // What is no file is named where the submission was read.
            if let Entry::File { content, .. } = entry {
                handed_in.source.insert(path.to_vec(), content.clone());
            }
        }
        handed_in.notes = not_taken(&inside, original);
        Some(handed_in)
    }

    /// The id of the source code: what has the same was handed in before.
    pub(super) fn id(&self) -> String {
        let mut tree = Tree::default();
        let mut budget = Budget::default();
        for (path, content) in &self.source {
            let entry = Entry::File { content: content.clone(), is_executable: false };
            // It was within the bounds as a part of the submission.
            let _ = tree.insert(path.clone(), entry, &mut budget);
        }
        tree.id()
    }

    /// Whether anything was written at all.
    pub(super) fn is_begun(&self, original: &Original) -> bool {
        self.source != original.starter().source
    }
}

/// Where a lesson lies: `lessons/NN-name/` somewhere, or the folder of the lesson alone.
fn folder_of(tree: &Tree, original: &Original) -> Option<Vec<u8>> {
    let in_course = format!("lessons/{}/", original.folder_name()).into_bytes();
    let alone = format!("{}/", original.folder_name()).into_bytes();
    let mut folders: BTreeSet<(usize, &[u8])> = BTreeSet::new();
    for (path, _) in tree.iter() {
        for (start, _) in path.windows(4).enumerate().filter(|(_, part)| *part == b"src/") {
            let folder = &path[..start];
            let depth = folder.iter().filter(|byte| **byte == b'/').count();
            if (start == 0 || folder.ends_with(b"/")) && depth <= DEEPEST + 2 {
                folders.insert((depth, folder));
            }
        }
    }
    let ends = |folder: &[u8], end: &[u8]| {
        folder.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
    };
    let folders: Vec<_> = folders.into_iter().map(|(_, folder)| folder).collect();
    let found = folders.iter().find(|folder| ends(folder, &in_course));
    let found = found.or_else(|| folders.iter().find(|folder| ends(folder, &alone) && !is_solution(folder)));
    let found = found.or_else(|| folders.iter().find(|folder| says_its_name(tree, folder, original)));
    found.map(|folder| folder.to_vec())
}

fn is_solution(folder: &[u8]) -> bool {
    folder.split(|byte| *byte == b'/').any(|part| part == b"solutions")
}

/// By the name of the package, or of the lesson.
fn says_its_name(tree: &Tree, folder: &[u8], original: &Original) -> bool {
    let says = |file: &str, line: String| match tree.get(&[folder, file.as_bytes()].concat()) {
        Some(Entry::File { content, .. }) => {
            content.split(|byte| *byte == b'\n').any(|found| found.trim_ascii() == line.as_bytes())
        }
        _ => false,
    };
    let name = original.folder_name();
    says("Cargo.toml", format!("name = \"lesson-{name}\"")) || says("lesson.toml", format!("name = \"{name}\""))
}

/// What was changed or added beside the source, which is judged by the original.
fn not_taken(inside: &Tree, original: &Original) -> Vec<String> {
    let mut notes = Vec::new();
    for (path, entry) in inside.iter().filter(|(path, _)| !is_source(path) && !is_text(path)) {
        let Entry::File { content, .. } = entry else { continue };
        let shown = text::name(path);
        match original.files.get(path) {
            Some(ours) if is_same(ours, content) => {}
            Some(_) => notes.push(format!("{shown} was changed: the original is used")),
            None => notes.push(format!("{shown} is no part of the lesson: it is not used")),
        }
    }
    let missing = original.files.keys().filter(|path| !is_source(path) && !is_text(path));
    let missing = missing.filter(|path| inside.get(path).is_none());
    notes.extend(missing.map(|path| format!("{} is missing: the original is used", text::name(path))));
    if notes.len() > MOST_NOTES {
        let more = notes.len() - MOST_NOTES;
        notes.truncate(MOST_NOTES);
        notes.push(format!("{more} more files are not as they were handed out: the originals are used"));
    }
    notes
}

/// Whatever its line ends.
fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    let theirs_with_line_feeds: Vec<_> = theirs.iter().copied().filter(|byte| *byte != b'\r').collect();
    blob_id(ours) == blob_id(theirs) || blob_id(ours) == blob_id(&theirs_with_line_feeds)
}

/// It decides about nothing, and is another one on a lesson's branch.
fn is_text(path: &[u8]) -> bool {
    path.ends_with(b".md")
}

fn is_source(path: &[u8]) -> bool {
    path.starts_with(b"src/")
}
