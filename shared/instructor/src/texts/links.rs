//! Links within the course lead to a file that is there, and to a heading that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::Text;

/// The links of a text that lead nowhere.
pub fn faults(root: &Path, text: &Text) -> Vec<String> {
    let targets = targets(&text.content);
    let faults = targets.iter().filter_map(|target| Some((target, fault(root, text, target)?)));
    faults.map(|(target, fault)| format!("{}: the link `{target}` {fault}", text.path.display())).collect()
}

fn targets(text: &str) -> Vec<String> {
    let targets = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    targets.collect()
}

/// Of what is elsewhere, nothing can be said but whether it is an address.
fn fault(root: &Path, text: &Text, target: &str) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return url::Url::parse(target).is_err().then_some("is no URL");
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { text.path.clone() } else { beside(&text.path, path) };
    let Ok(file) = root.join(&path).canonicalize() else { return Some("leads to no file") };
    if heading.is_empty() {
        return None;
    }
    let headings = fs::read_to_string(file).map(|content| anchors(&content)).unwrap_or_default();
    (!headings.contains(heading)).then_some("leads to no heading")
}

/// A path as a text names it, in the folder of the course.
fn beside(text: &Path, path: &str) -> PathBuf {
    let mut whole = text.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => _ = whole.pop(),
            Component::Normal(name) => whole.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    whole
}

/// The names under which the headings of a text are linked to: in small letters, with hyphens for blanks, and without
/// other signs. Where one occurs again, it has a number behind it.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => heading.iter_mut().for_each(|heading| heading.push_str(&words)),
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&heading.take().unwrap_or_default());
                let again = (1..).map(|number| format!("{anchor}-{number}"));
                let free = [anchor.clone()].into_iter().chain(again).find(|anchor| !anchors.contains(anchor));
                anchors.extend(free);
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .collect::<String>();
    kept.replace(' ', "-")
}
