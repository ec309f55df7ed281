//! A ZIP: nothing of it is written to the disk.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;

use super::taken::{Taken, is_no_part, links_left_out};
use crate::commands::grade::text;
use crate::commands::grade::tree::{Budget, Entry, MOST_BYTES};

/// The most bytes of a ZIP. What was compiled may be in there, and is not read.
const MOST_PACKED: u64 = 1 << 30;
/// By how much a ZIP of text shrinks at most. What shrinks by more is no source code.
const MOST_RATIO: u64 = 200;
/// What a small ZIP may unpack to all the same.
const SMALL: u64 = 1 << 20;

pub(super) fn take(path: &Path) -> Result<Taken, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("the ZIP cannot be read: {error}");
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let packed = file.metadata().map_err(|error| unreadable(&error))?.len();
    if packed > MOST_PACKED {
        return Err(format!(
            "the ZIP is larger than {} MB: a copy without its folder `target` is small",
            MOST_PACKED >> 20
        ));
    }
    let mut archive = ZipArchive::new(file).map_err(|error| unreadable(&error))?;
    let mut taken = Taken::default();
    let mut budget = Budget::default();
    let most = MOST_BYTES.min((packed * MOST_RATIO).max(SMALL));
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| unreadable(&error))?;
        let path = file.name_raw().to_vec();
        if !is_inside(&path) {
            return Err(format!("the ZIP would unpack outside of its folder: {}", text::name(&path)));
        }
        if file.is_dir() || path.split(|byte| *byte == b'/').any(is_no_part) {
            continue;
        }
        let used = MOST_BYTES - budget.bytes();
        let content = read(&mut file, most.saturating_sub(used)).map_err(|error| unreadable(&error))?;
        let content = content.ok_or("the ZIP unpacks to much more than it should: it is no source code")?;
        let is_executable = file.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let entry = match file.is_symlink() {
            true => Entry::Link { target: content },
            false => Entry::File { content, is_executable },
        };
        if taken.tree.get(&path).is_some() {
            return Err(format!("the ZIP has two files of the name {}", text::name(&path)));
        }
        taken.tree.insert(path, entry, &mut budget)?;
    }
    taken.notes.extend(links_left_out(&taken.tree));
    Ok(taken)
}

/// The content, or nothing if there is more than so many bytes, whatever the ZIP says of its size.
fn read(file: &mut impl Read, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    file.take(most + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= most).then_some(content))
}

/// Neither absolute, nor up and out, on any system.
fn is_inside(path: &[u8]) -> bool {
    let has_drive = path.get(1) == Some(&b':');
    let mut parts = path.split(|byte| matches!(byte, b'/' | b'\\'));
    !has_drive && !path.starts_with(b"/") && !path.starts_with(b"\\") && parts.all(|part| part != b"..")
}
