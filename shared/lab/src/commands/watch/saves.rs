//! What is saved in a lesson's folder.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use proc_macro2::TokenStream;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use walkdir::{DirEntry, WalkDir};

use crate::problem::{Problem, Result};

/// How long a folder has to be quiet after a change. An editor writes, renames and deletes several files to save
/// one, and is done with it well within this time.
const QUIET: Duration = Duration::from_millis(30);

/// The files that make the program. Whatever else an editor puts beside them (swap files, backups, files with the
/// new text that get the old name a moment later) ends in something else.
const EXTENSIONS: [&str; 2] = ["rs", "toml"];

/// What has changed in the source of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// Comments and white space, which nobody compiles.
    Aside,
    Code,
}

/// Tells when the source of a program has changed.
pub(super) struct Saves {
    changes: UnboundedReceiver<Change>,
    watching: JoinHandle<()>,
    /// Tells of changes for as long as it lives.
    _watcher: notify::RecommendedWatcher,
}

/// The source files of a folder, and what is in them.
type Source = BTreeMap<PathBuf, Vec<u8>>;

impl Saves {
    /// Begins with the files of a folder as they are.
    ///
    /// # Errors
    ///
    /// When the folder cannot be watched.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let (touch, touched) = mpsc::unbounded_channel();
        let unwatchable = |error: notify::Error| {
            Problem::new(format!("cannot watch the folder {}: {error}", folder.display()))
                .advice("`cargo lab check` works without it.")
        };
        let tell = move |_: notify::Result<notify::Event>| {
            // Fails when nobody listens any more.
            let _ = touch.send(());
        };
        let mut watcher = notify::recommended_watcher(tell).map_err(unwatchable)?;
        watcher.watch(folder, RecursiveMode::Recursive).map_err(unwatchable)?;
        let (change, changes) = mpsc::unbounded_channel();
        let watching = tokio::spawn(compare(folder.to_owned(), source_in(folder), touched, change));
        Ok(Self { changes, watching, _watcher: watcher })
    }

    /// Waits for a change.
    pub(super) async fn next(&mut self) -> Change {
        // Fails when nobody watches any more.
        let Some(mut change) = self.changes.recv().await else { return std::future::pending().await };
        // Several at once are one.
        while let Ok(another) = self.changes.try_recv() {
            change = change.max(another);
        }
        change
    }
}

impl Drop for Saves {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// Tells of a change when the folder is quiet again, and only if the files are not what they were: the system also
/// tells when a file is read, and some editors write the same text twice.
async fn compare(
    folder: PathBuf,
    mut old: Source,
    mut touched: UnboundedReceiver<()>,
    change: UnboundedSender<Change>,
) {
    while touched.recv().await.is_some() {
        while let Ok(Some(())) = timeout(QUIET, touched.recv()).await {}
        let new = source_in(&folder);
        if new != old {
            // Fails when nobody listens any more.
            let _ = change.send(between(&old, &new));
            old = new;
        }
    }
}

fn between(old: &Source, new: &Source) -> Change {
    let is_same_code = |path: &Path, old: &[u8], new: &[u8]| {
        old == new || compiled(path, old).is_some_and(|code| compiled(path, new) == Some(code))
    };
    let are_same_files = old.keys().eq(new.keys());
    let mut pairs = old.iter().zip(new.values());
    if are_same_files && pairs.all(|((path, old), new)| is_same_code(path, old, new)) {
        Change::Aside
    } else {
        Change::Code
    }
}

/// What the compiler reads of a file, without the comments and the white space around it; nothing where that is not known.
fn compiled(path: &Path, text: &[u8]) -> Option<String> {
    let text = str::from_utf8(text).ok().filter(|_| path.extension() == Some(OsStr::new("rs")))?;
    Some(text.parse::<TokenStream>().ok()?.to_string())
}

/// Files that go away meanwhile are not there.
fn source_in(folder: &Path) -> Source {
    let files = WalkDir::new(folder).into_iter().filter_entry(|entry| !is_aside(entry)).flatten();
    let sources = files.filter(|file| file.file_type().is_file() && is_source(file.path()));
    sources.filter_map(|file| Some((file.path().to_owned(), fs::read(file.path()).ok()?))).collect()
}

fn is_aside(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() > 0 && (name.starts_with('.') || name == "target")
}

fn is_source(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|extension| EXTENSIONS.contains(&extension))
}
