//! The files of a lesson, read and written as a whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;
use walkdir::WalkDir;

use crate::problem::{Problem, Result};

/// Contents of files, by their path in a folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// All files below `start`, by their path in the folder `root`; none where it is not there. `start` may be a file.
///
/// # Errors
///
/// When one cannot be read.
pub fn read(root: &Path, start: &Path) -> Result<Files> {
    let mut files = Files::new();
    if !start.exists() {
        return Ok(files);
    }
    for entry in WalkDir::new(start) {
        let entry = entry.map_err(|error| unreadable(start, &error.into()))?;
        if !entry.file_type().is_dir() {
            let content = fs::read(entry.path()).map_err(|error| unreadable(entry.path(), &error))?;
            files.insert(path_in(root, entry.path()), content);
        }
    }
    Ok(files)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("cannot read {}: {error}", path.display()))
}

/// A path in a folder, with `/` on every system, as in the list of originals.
pub fn path_in(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    let names: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    names.join("/")
}

/// Writes a file so that it is never half there.
///
/// # Errors
///
/// When it cannot be written.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    write_from(folder, path, content)
}

/// The same, by way of a draft in another folder of the same file system: what is left of it when this program is killed is
/// in nobody's way there.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_from(drafts: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let mut file = builder().tempfile_in(drafts)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

/// With the permissions of any new file; those of a temporary one are for its owner alone.
#[cfg(unix)]
fn builder() -> Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;

    let mut builder = Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder() -> Builder<'static, 'static> {
    Builder::new()
}

/// Removes a file, and its folder if nothing else is in it.
///
/// # Errors
///
/// When it cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    if let Some(folder) = path.parent() {
        // Fails when it is not empty.
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}
