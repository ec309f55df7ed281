//! The files of a submission, as git would keep them: the same files have the same id, however they were handed in.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha1::{Digest, Sha1};

/// The most bytes of a submission: a copy of the course has three million.
pub(super) const MOST_BYTES: u64 = 64 << 20;
/// The most files of a submission.
pub(super) const MOST_FILES: usize = 20_000;

/// The most folders in a path.
const DEEPEST: usize = 64;

/// A file, or a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    File {
        content: Vec<u8>,
        is_executable: bool,
    },
    /// Where it leads is only a part of the id: it is never followed.
    Link {
        target: Vec<u8>,
    },
}

/// The files of a submission by their path, whose parts are separated by `/`. A path need not be text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tree(BTreeMap<Vec<u8>, Entry>);

impl Tree {
    /// Adds a file, unless there is too much of them by now.
    pub(super) fn insert(&mut self, path: Vec<u8>, entry: Entry, budget: &mut Budget) -> Result<(), String> {
        if path.iter().filter(|byte| **byte == b'/').count() > DEEPEST {
            return Err(format!("it has more than {DEEPEST} folders in each other"));
        }
        budget.take(match &entry {
            Entry::File { content, .. } => content.len() as u64,
            Entry::Link { target } => target.len() as u64,
        })?;
        self.0.insert(path, entry);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, path: &[u8]) -> Option<&Entry> {
        self.0.get(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.0.iter().map(|(path, entry)| (path.as_slice(), entry))
    }

    /// The files below a folder, by their path in there.
    pub(super) fn below(&self, folder: &[u8]) -> Self {
        let below =
            self.0.iter().filter_map(|(path, entry)| Some((path.strip_prefix(folder)?.to_vec(), entry.clone())));
        Self(below.collect())
    }

    /// Git's id of this tree.
    pub(super) fn id(&self) -> String {
        let entries: Vec<_> = self.iter().collect();
        hex(&tree_id(&entries))
    }
}

/// What is left of the bytes and files that a submission may have.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: u64,
    files: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MOST_BYTES, files: MOST_FILES }
    }
}

impl Budget {
    /// Takes a file of so many bytes.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), String> {
        let too_much = || format!("it is larger than {} MB, or has more than {MOST_FILES} files", MOST_BYTES >> 20);
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(too_much)?;
        self.files = self.files.checked_sub(1).ok_or_else(too_much)?;
        Ok(())
    }

    /// How many bytes there may be yet.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

type Id = [u8; 20];

/// The id of the entries of a folder, sorted, with what is left of their paths.
fn tree_id(entries: &[(&[u8], &Entry)]) -> Id {
    // Git sorts as if the name of a folder ended with a slash.
    let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut rest = entries;
    while let Some((path, entry)) = rest.first() {
        let Some(slash) = path.iter().position(|byte| *byte == b'/') else {
            rows.insert(path.to_vec(), row(mode(entry), path, &entry_id(entry)));
            rest = &rest[1..];
            continue;
        };
        let folder = &path[..=slash];
        let end = rest.iter().position(|(path, _)| !path.starts_with(folder)).unwrap_or(rest.len());
        let inside: Vec<_> = rest[..end].iter().map(|(path, entry)| (&path[slash + 1..], *entry)).collect();
        rows.insert(folder.to_vec(), row("40000", &path[..slash], &tree_id(&inside)));
        rest = &rest[end..];
    }
    object_id("tree", &rows.into_values().flatten().collect::<Vec<_>>())
}

fn row(mode: &str, name: &[u8], id: &Id) -> Vec<u8> {
    [mode.as_bytes(), b" ", name, b"\0", id].concat()
}

fn mode(entry: &Entry) -> &'static str {
    match entry {
        Entry::File { is_executable: false, .. } => "100644",
        Entry::File { is_executable: true, .. } => "100755",
        Entry::Link { .. } => "120000",
    }
}

fn entry_id(entry: &Entry) -> Id {
    match entry {
        Entry::File { content, .. } => object_id("blob", content),
        Entry::Link { target } => object_id("blob", target),
    }
}

fn object_id(kind: &str, content: &[u8]) -> Id {
    Sha1::new().chain_update(format!("{kind} {}\0", content.len())).chain_update(content).finalize().into()
}

/// A hash of anything, as text.
pub(super) fn hash(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = Sha1::new();
    for part in parts {
        let part = part.as_ref();
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize().into())
}

fn hex(id: &Id) -> String {
    id.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
