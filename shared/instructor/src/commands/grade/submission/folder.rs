//! A folder: what is in there now, without following a link.

use std::fs;
use std::path::{Component, Path};

use walkdir::WalkDir;

use super::taken::{Taken, is_no_part, left_out, links_left_out};
use crate::commands::grade::text;
use crate::commands::grade::tree::{Budget, Entry, Tree};

pub(super) fn take(folder: &Path) -> Result<Taken, String> {
    let mut taken = Taken::default();
    let mut budget = Budget::default();
    let walk = WalkDir::new(folder).follow_links(false).into_iter();
    for entry in walk.filter_entry(|entry| !is_no_part(entry.file_name().as_encoded_bytes())) {
        let entry = entry.map_err(|error| format!("it cannot be read: {}", reason(&error)))?;
        let path = inside(folder, entry.path());
        let kind = entry.file_type();
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).map_err(|error| unreadable(&path, &error))?;
            let target = target.as_os_str().as_encoded_bytes().to_vec();
            taken.tree.insert(path, Entry::Link { target }, &mut budget)?;
        } else if kind.is_file() {
            read(&entry, path, &mut taken.tree, &mut budget)?;
        } else if !kind.is_dir() {
            taken.notes.push(left_out(&path, "it is no file"));
        }
    }
    taken.notes.extend(links_left_out(&taken.tree));
    Ok(taken)
}

fn read(entry: &walkdir::DirEntry, path: Vec<u8>, tree: &mut Tree, budget: &mut Budget) -> Result<(), String> {
    let metadata = entry.metadata().map_err(|error| format!("it cannot be read: {}", reason(&error)))?;
    if metadata.len() > budget.bytes() {
        return budget.take(metadata.len());
    }
    let content = fs::read(entry.path()).map_err(|error| unreadable(&path, &error))?;
    tree.insert(path, Entry::File { content, is_executable: is_executable(&metadata) }, budget)
}

fn inside(folder: &Path, path: &Path) -> Vec<u8> {
    let parts = path.strip_prefix(folder).unwrap_or(path).components();
    let parts: Vec<_> = parts
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.as_encoded_bytes()),
            _ => None,
        })
        .collect();
    parts.join(&b'/')
}

fn unreadable(path: &[u8], error: &std::io::Error) -> String {
    format!("{} cannot be read: {error}", text::name(path))
}

/// Without the path on this machine.
fn reason(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| "its folders are a circle".to_owned(), ToString::to_string)
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
