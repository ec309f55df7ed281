//! A repository of its own, in which branches are made before anybody sees them.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::Path;

use lab::problem::{Problem, Result};
use tempfile::TempDir;

use super::branch::{Branch, full_name};
use super::commit::WHO;
use super::git::{answer, isolated, text};

/// A repository of its own. It is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    /// The ids of the branches, by their name.
    ids: BTreeMap<String, String>,
}

impl Scratch {
    /// Makes branches, in a repository below this folder. The format says by which hashes objects are named, such as
    /// `sha1`.
    ///
    /// # Errors
    ///
    /// When the disk is full, or git fails for another reason.
    pub fn new(folder: &Path, format: &str, branches: &[Branch]) -> Result<Self> {
        let unwritable = |error| Problem::new(format!("nothing can be written in {}: {error}", folder.display()));
        let folder = tempfile::Builder::new().prefix("branches-").tempdir_in(folder).map_err(unwritable)?;
        let format = format!("--object-format={format}");
        let init = ["init", "--quiet", "--bare", "--template=", &format, "."];
        answer(isolated(folder.path(), &init), b"", "make a repository for the branches")?;
        let import = isolated(folder.path(), &["fast-import", "--quiet"]);
        answer(import, &stream(branches), "make the branches")?;
        let mut scratch = Self { folder, ids: BTreeMap::new() };
        let list = ["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads"];
        let listed = text(isolated(scratch.path(), &list), b"", "list the branches")?;
        let ids: HashMap<_, _> =
            listed.lines().filter_map(|line| line.split_once(' ')).map(|(id, name)| (name, id)).collect();
        for Branch { name, .. } in branches {
            let id = ids.get(full_name(name).as_str()).copied();
            let id = id.ok_or_else(|| Problem::new(format!("git has not made the branch {name}")))?;
            scratch.ids.insert(name.clone(), id.to_owned());
        }
        Ok(scratch)
    }

    /// The ids of the branches, by their name.
    pub fn ids(&self) -> &BTreeMap<String, String> {
        &self.ids
    }

    /// All that these commits need, as git packs it.
    pub(super) fn packed<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Result<Vec<u8>> {
        let input: String = ids.map(|id| format!("{id}\n")).collect();
        let pack = isolated(self.path(), &["pack-objects", "--quiet", "--revs", "--stdout"]);
        answer(pack, input.as_bytes(), "pack the branches")
    }

    /// Which files differ in two commits, one of which another repository has, with a letter for how: `A`, `D` or `M`.
    pub(super) fn differences(&self, other_objects: &OsStr, before: &str, after: &str) -> Result<Vec<String>> {
        let diff = ["diff-tree", "-r", "-z", "--no-renames", "--name-status", before, after];
        let mut diff = isolated(self.path(), &diff);
        diff.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", other_objects);
        let differences = text(diff, b"", "compare a branch with what it should be")?;
        let mut words = differences.split_terminator('\0');
        let mut lines = Vec::new();
        while let Some((letter, path)) = words.next().zip(words.next()) {
            lines.push(format!("{letter} {path}"));
        }
        Ok(lines)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The branches, as `git fast-import` reads them.
fn stream(branches: &[Branch]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut marks = HashMap::new();
    let files = branches.iter().flat_map(|branch| &branch.commits).flat_map(|commit| commit.files.values());
    for file in files {
        let next = marks.len() + 1;
        marks.entry(file.content.as_slice()).or_insert_with(|| {
            stream.extend(format!("blob\nmark :{next}\n").into_bytes());
            data(&mut stream, &file.content);
            next
        });
    }
    for Branch { name, from, commits } in branches {
        let name = full_name(name);
        if let Some(from) = from {
            stream.extend(format!("reset {name}\nfrom {}\n\n", full_name(from)).into_bytes());
        }
        for commit in commits {
            stream.extend(format!("commit {name}\nauthor {WHO}\ncommitter {WHO}\n").into_bytes());
            data(&mut stream, commit.message().as_bytes());
            for (path, file) in &commit.files {
                let mark = marks.get(file.content.as_slice()).copied().unwrap_or_default();
                stream.extend(format!("M {} :{mark} {}\n", file.mode, quoted(path)).into_bytes());
            }
            stream.push(b'\n');
        }
    }
    stream.extend(b"done\n");
    stream
}

fn data(stream: &mut Vec<u8>, content: &[u8]) {
    stream.extend(format!("data {}\n", content.len()).into_bytes());
    stream.extend(content);
    stream.push(b'\n');
}

/// A path as git reads it back, whatever is in it.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
