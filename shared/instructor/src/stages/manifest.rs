//! The workspace of a branch.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use toml_edit::{Array, DocumentMut, Item, TableLike};

use super::text::text;
use crate::repository::Files;

const MEMBERS: [&str; 2] = ["shared/*", "lessons/*"];
const DEFAULT_MEMBERS: [&str; 1] = ["lessons/*"];
const DEFAULT_MEMBERS_COMMENT: &str = "# `cargo test` runs the checks of the lesson.\n";
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The manifest of the course, with the members that there are, and with the dependencies that they have. Else a branch
/// would move with each library that only instructors need.
pub(super) fn workspace(manifest: &str, files: &Files) -> Result<String> {
    let mut document: DocumentMut = manifest.parse().context("Cargo.toml is broken")?;
    let workspace = document.get_mut("workspace").and_then(Item::as_table_like_mut);
    let workspace = workspace.context("Cargo.toml has no workspace")?;
    workspace.insert("members", Array::from_iter(MEMBERS).into());
    workspace.insert("default-members", Array::from_iter(DEFAULT_MEMBERS).into());
    if let Some(mut key) = workspace.key_mut("default-members") {
        key.leaf_decor_mut().set_prefix(DEFAULT_MEMBERS_COMMENT);
    }
    let used = used(files)?;
    if let Some(dependencies) = workspace.get_mut("dependencies").and_then(Item::as_table_like_mut) {
        let names: Vec<_> = dependencies.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names.iter().filter(|name| !used.contains(*name)) {
            dependencies.remove(name);
        }
    }
    Ok(document.to_string())
}

/// The names of all dependencies of the members.
fn used(files: &Files) -> Result<BTreeSet<String>> {
    let mut used = BTreeSet::new();
    for path in files.keys().filter(|path| is_member(path)) {
        let manifest: DocumentMut = text(files, path)?.parse().with_context(|| format!("{path} is broken"))?;
        let targets = manifest.get("target").and_then(Item::as_table_like);
        let targets = targets.into_iter().flat_map(TableLike::iter).filter_map(|(_, target)| target.as_table_like());
        for table in targets.chain([manifest.as_table() as &dyn TableLike]) {
            let kinds = KINDS.iter().filter_map(|kind| table.get(kind)?.as_table_like());
            used.extend(kinds.flat_map(TableLike::iter).map(|(name, _)| name.to_owned()));
        }
    }
    Ok(used)
}

/// Whether this is the manifest of a crate of the workspace, such as `shared/shop/Cargo.toml`.
fn is_member(path: &str) -> bool {
    path.ends_with("/Cargo.toml") && path.split('/').count() == 3
}
