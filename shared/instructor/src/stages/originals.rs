//! The original files of the lesson, for `check` and `reset`, which find no solution that has most of them.

use lab::course::originals::{LIST, blob_id, set_aside};

use crate::repository::{File, Files};

/// Lists the files of the lesson as they are on the branch, and sets all of them aside.
pub(super) fn add(files: &mut Files, folder: &str) {
    let own: Vec<_> = files.iter().filter(|(path, _)| path.starts_with(folder)).collect();
    let list: String = own.iter().map(|(path, file)| format!("{}  {path}\n", blob_id(&file.content))).collect();
    let contents: Vec<_> = own.into_iter().map(|(path, file)| (set_aside(path), file.clone())).collect();
    files.extend(contents);
    files.insert(LIST.to_owned(), File::plain(list));
}
