//! What is being written to the instructor's working tree, so that an interruption at any moment loses nothing.
//!
//! All contents, old and new, are in `.lab/propagate/contents` before the first file changes, under git's ids of them. What
//! is to be written is in `.lab/propagate/state.toml`, which is renamed into place: without it, nothing is under way. Then
//! the files are written one by one, and each is either as it was or as it will be. So whoever comes next can go on, or
//! take everything back.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lab::course::originals::blob_id;
use lab::problem::{Problem, Result};
use lab::student::files;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

const FOLDER: &str = ".lab/propagate";
const STATE: &str = "state.toml";
const CONTENTS: &str = "contents";
const LOCK: &str = ".lab/propagate.lock";
/// Where the files go that somebody has changed since, when all is taken back.
const UNDONE: &str = ".lab/propagate-undone";

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    /// The files are being written.
    Writing,
    /// All are written, and somebody has to resolve the conflicts in them.
    Resolving,
    /// The files are being put back.
    Undoing,
}

/// What is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// The lesson whose change is carried.
    pub lesson: String,
    /// The commit before that change.
    pub base: String,
    /// How many stages are done.
    pub done: usize,
    /// How far it has come.
    pub phase: Phase,
    /// What is written.
    pub files: Vec<Entry>,
}

/// A file that is written. Each content is named by git's id; none if the file is not there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Its path in the folder of the course.
    pub path: String,
    /// Before all of it.
    pub original: Option<String>,
    /// Before this time.
    pub before: Option<String>,
    /// What it becomes.
    pub after: Option<String>,
    /// Whether somebody has to resolve a conflict in it.
    pub has_conflict: bool,
    /// Whether somebody has resolved one in it.
    #[serde(default)]
    pub is_resolved: bool,
}

/// A change of a file.
#[derive(Debug)]
pub(super) struct Change {
    /// Its path in the folder of the course.
    pub path: String,
    /// What it is; none if it is not there.
    pub before: Option<Vec<u8>>,
    /// What it becomes; none if it goes.
    pub after: Option<Vec<u8>>,
    /// Whether somebody has to resolve a conflict in it.
    pub has_conflict: bool,
}

/// The journal of a course. While there is one, no other run has it.
#[derive(Debug)]
pub(super) struct Journal {
    root: PathBuf,
    _lock: File,
}

impl Journal {
    /// Waits for nobody: two at once would write the same files.
    ///
    /// # Errors
    ///
    /// When another run has it, or it cannot be written.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let path = root.join(LOCK);
        let opened = fs::create_dir_all(path.parent().unwrap_or(root))
            .and_then(|()| File::options().create(true).append(true).open(&path));
        let lock = opened.map_err(|error| unwritten(LOCK, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Problem::new("another `cargo lab propagate` runs in this copy of the course")
                    .advice("Wait until it has ended."))
            }
            Err(TryLockError::Error(error)) => Err(unwritten(LOCK, &error)),
        }
    }

    /// What is under way, if something is.
    ///
    /// # Errors
    ///
    /// When that cannot be read.
    pub(super) fn state(&self) -> Result<Option<State>> {
        let path = format!("{FOLDER}/{STATE}");
        let text = match fs::read_to_string(self.root.join(&path)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Problem::new(format!("{path} cannot be read: {error}"))),
        };
        let state = toml::from_str(&text).map_err(|error| {
            Problem::new(format!("{path} is broken")).quoting(error.to_string()).advice(format!(
                "All old files are in {FOLDER}/{CONTENTS}, named by `git hash-object`. Git says what has changed: `git status`."
            ))
        })?;
        Ok(Some(state))
    }

    /// Sets aside all contents, and remembers what is to be written. From here on, [`write`](Self::write) can be called
    /// again and again.
    ///
    /// # Errors
    ///
    /// When something cannot be set aside. Nothing has changed then.
    pub(super) fn begin(&self, state: State, changes: Vec<Change>) -> Result<State> {
        self.set_all_aside(state, changes).map_err(|problem| {
            let folder = self.root.join(FOLDER);
            if !folder.join(STATE).exists() {
                // What is left of it is in nobody's way.
                let _ = fs::remove_dir_all(folder);
            }
            problem.advice(
                "Nothing was written. Mend what is in the way, such as a full disk, and type the command again.",
            )
        })
    }

    fn set_all_aside(&self, mut state: State, changes: Vec<Change>) -> Result<State> {
        for entry in &mut state.files {
            // As somebody has resolved it.
            let content = read(&self.root.join(&entry.path)).map_err(|error| unwritten(&entry.path, &error))?;
            let id = self.set_aside(content.as_deref())?;
            entry.is_resolved |= entry.has_conflict || id != entry.after;
            entry.before = id;
            entry.after.clone_from(&entry.before);
            entry.has_conflict = false;
        }
        for Change { path, before, after, has_conflict } in changes {
            let [before, after] = [self.set_aside(before.as_deref())?, self.set_aside(after.as_deref())?];
            match state.files.iter_mut().find(|entry| entry.path == path) {
                Some(entry) => *entry = Entry { after, has_conflict, ..entry.clone() },
                None => {
                    let original = before.clone();
                    state.files.push(Entry { path, original, before, after, has_conflict, is_resolved: false });
                }
            }
        }
        state.phase = Phase::Writing;
        self.remember(&state)?;
        Ok(state)
    }

    /// Writes what is not written yet.
    ///
    /// # Errors
    ///
    /// When a file was changed meanwhile (then nothing is written), or cannot be written.
    pub(super) fn write(&self, mut state: State) -> Result<()> {
        for entry in self.unwritten(&state)? {
            let content = self.content(entry.after.as_deref())?;
            put(&self.root, &entry.path, content.as_deref()).map_err(|error| {
                unwritten(&entry.path, &error).advice(
                    "Mend what is in the way. Then `cargo lab propagate --continue` goes on, and `cargo lab propagate \
                     --abort` takes everything back.",
                )
            })?;
        }
        if state.files.iter().any(|entry| entry.has_conflict) {
            state.phase = Phase::Resolving;
            return self.remember(&state);
        }
        self.forget()
    }

    /// What is not written yet.
    fn unwritten<'s>(&self, state: &'s State) -> Result<Vec<&'s Entry>> {
        let mut open = Vec::new();
        let mut changed = Vec::new();
        for entry in &state.files {
            match self.id_of(&entry.path)? {
                id if id == entry.after => {}
                id if id == entry.before => open.push(entry),
                _ => changed.push(entry.path.as_str()),
            }
        }
        if changed.is_empty() {
            return Ok(open);
        }
        Err(Problem::new("nothing more was written: these files were saved meanwhile")
            .quoting(changed.join("\n"))
            .advice("`cargo lab propagate --abort` takes back what was written, and keeps yours."))
    }

    /// Puts all files back, as they were before all of it. What somebody has changed since is kept, in the folder that it
    /// returns.
    ///
    /// # Errors
    ///
    /// When a file cannot be kept or put back. It can be tried again.
    pub(super) fn undo(&self, mut state: State) -> Result<Option<PathBuf>> {
        let was_undoing = state.phase == Phase::Undoing;
        state.phase = Phase::Undoing;
        self.remember(&state)?;
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let folder = Path::new(UNDONE).join(time.to_string());
        let mut has_kept = false;
        for entry in &state.files {
            let id = self.id_of(&entry.path)?;
            let is_own = id == entry.before || id == entry.after;
            // In a file with a conflict, somebody may have resolved a part of it.
            let is_worked_on = !is_own || entry.is_resolved || (entry.has_conflict && id != entry.after);
            if id == entry.original {
                continue;
            }
            if is_worked_on
                && let Some(content) =
                    read(&self.root.join(&entry.path)).map_err(|error| unwritten(&entry.path, &error))?
            {
                let kept = self.root.join(&folder).join(&entry.path);
                files::write(&kept, &content).map_err(|error| unwritten(&entry.path, &error))?;
                has_kept = true;
            }
            let content = self.content(entry.original.as_deref())?;
            put(&self.root, &entry.path, content.as_deref()).map_err(|error| {
                unwritten(&entry.path, &error)
                    .advice("Mend what is in the way, and type `cargo lab propagate --abort` again.")
            })?;
        }
        self.forget()?;
        let earlier = was_undoing && self.root.join(UNDONE).is_dir();
        Ok(if has_kept { Some(folder) } else { earlier.then(|| UNDONE.into()) })
    }

    /// The id of a content that is set aside now.
    fn set_aside(&self, content: Option<&[u8]>) -> Result<Option<String>> {
        let Some(content) = content else { return Ok(None) };
        let id = blob_id(content);
        let path = self.root.join(FOLDER).join(CONTENTS).join(&id);
        if !path.exists() {
            write_safely(&path, content).map_err(|error| unwritten(FOLDER, &error))?;
        }
        Ok(Some(id))
    }

    fn content(&self, id: Option<&str>) -> Result<Option<Vec<u8>>> {
        let Some(id) = id else { return Ok(None) };
        let path = format!("{FOLDER}/{CONTENTS}/{id}");
        let content = fs::read(self.root.join(&path));
        content.map(Some).map_err(|error| Problem::new(format!("{path} cannot be read: {error}")))
    }

    fn id_of(&self, path: &str) -> Result<Option<String>> {
        let content = read(&self.root.join(path));
        let content = content.map_err(|error| Problem::new(format!("{path} cannot be read: {error}")))?;
        Ok(content.map(|content| blob_id(&content)))
    }

    fn remember(&self, state: &State) -> Result<()> {
        let text = toml::to_string(state).map_err(io::Error::other);
        let written = text.and_then(|text| write_safely(&self.root.join(FOLDER).join(STATE), text.as_bytes()));
        written.map_err(|error| unwritten(FOLDER, &error))
    }

    /// The state goes first: without it, nothing is under way.
    fn forget(&self) -> Result<()> {
        let folder = self.root.join(FOLDER);
        let forgotten = fs::remove_file(folder.join(STATE));
        forgotten.map_err(|error| Problem::new(format!("{FOLDER}/{STATE} cannot be removed: {error}")))?;
        // What is left of it is in nobody's way.
        let _ = fs::remove_dir_all(folder);
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Never leaves a draft among the files of the course.
fn put(root: &Path, path: &str, content: Option<&[u8]>) -> io::Result<()> {
    match content {
        Some(content) => files::write_from(&root.join(FOLDER), &root.join(path), content),
        None => files::remove(&root.join(path)),
    }
}

/// So that it is there after a power failure, too.
fn write_safely(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn unwritten(path: &str, error: &io::Error) -> Problem {
    Problem::new(format!("{path} cannot be written: {error}"))
}
