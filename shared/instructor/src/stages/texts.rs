//! The texts of a branch: the pages that a student may need, and no link that leads nowhere.

use std::ops::Range;

use anyhow::Result;
use lab::course::stage;
use pulldown_cmark::{Event, Parser, Tag};

use super::text::text;
use crate::repository::Files;

/// The pages of the documentation that each branch has. A page that a lesson links to comes with it.
const PAGES: [&str; 5] = [
    "docs/src/compose.md",
    "docs/src/load.md",
    "docs/src/metrics-address.md",
    "docs/src/prometheus.md",
    "docs/src/runbooks.md",
];

/// Where the documentation is.
const DOCUMENTATION: &str = "docs/src/";

/// Adds the pages that each branch has, and those that the texts of the lesson link to.
pub(super) fn add_pages(files: &mut Files, committed: &Files, lesson: &str) -> Result<()> {
    let mut wanted: Vec<_> = PAGES.map(str::to_owned).into();
    for path in files.keys().filter(|path| path.starts_with(lesson) && path.ends_with(".md")) {
        wanted.extend(pages(path, text(files, path)?));
    }
    while let Some(path) = wanted.pop() {
        let Some(page) = committed.get(&path).filter(|_| !files.contains_key(&path)) else { continue };
        let is_of_lesson = !PAGES.contains(&path.as_str());
        files.insert(path.clone(), page.clone());
        if is_of_lesson {
            wanted.extend(pages(&path, text(committed, &path)?));
        }
    }
    Ok(())
}

/// The pages of the documentation that a text links to.
fn pages(path: &str, text: &str) -> Vec<String> {
    let links = links(text).into_iter().filter_map(|(_, link)| target(path, &link));
    links.filter(|target| target.starts_with(DOCUMENTATION) && target.ends_with(".md")).collect()
}

/// Takes each link away that leads to a file that the branch does not have, and says where that file is, if it is a
/// lesson's.
pub(super) fn unlink(files: &mut Files) -> Result<()> {
    let paths: Vec<_> = files.keys().filter(|path| path.ends_with(".md")).cloned().collect();
    for path in paths {
        let before = text(files, &path)?;
        let is_there = |target: &str| {
            let folder = format!("{target}/");
            files.keys().any(|path| path == target || path.starts_with(&folder))
        };
        let mut after = before.to_owned();
        // From the end, so that the places of the others stay.
        for (range, link) in links(before).into_iter().rev() {
            let Some(target) = target(&path, &link).filter(|target| !is_there(target)) else { continue };
            if let Some(words) = before.get(range.clone()).and_then(words) {
                after.replace_range(range, &format!("{words}{}", elsewhere(&target)));
            }
        }
        if after != before {
            let content = after.into_bytes();
            files.entry(path).and_modify(|file| file.content = content);
        }
    }
    Ok(())
}

/// The words of a link: `[words](target)`, `[words][name]` or `[words]`.
fn words(link: &str) -> Option<&str> {
    let rest = link.strip_prefix('[')?;
    let end = ["](", "]["].iter().find_map(|end| rest.rsplit_once(end));
    end.map(|(words, _)| words).or_else(|| rest.strip_suffix(']'))
}

/// Where a file of another lesson is.
fn elsewhere(target: &str) -> String {
    let lesson = target.strip_prefix("lessons/").and_then(|rest| rest.split('/').next());
    lesson.map_or_else(String::new, |lesson| format!(" (on the branch `{}`)", stage::lesson_branch_named(lesson)))
}

/// The links of a text, in their order, and where they are.
fn links(text: &str) -> Vec<(Range<usize>, String)> {
    let events = Parser::new(text).into_offset_iter();
    let links = events.filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some((range, dest_url.into_string())),
        _ => None,
    });
    links.collect()
}

/// The path of a file that is linked to by its path from another one. None for what is no path.
fn target(from: &str, link: &str) -> Option<String> {
    let path = link.split('#').next().filter(|path| !path.is_empty())?;
    if path.contains(':') || path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<_> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
