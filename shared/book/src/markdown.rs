//! The links of a text in Markdown, replaced. All else stays as it was typed.

use std::ops::Range;

use anyhow::Result;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

/// A link or a picture of a text.
#[derive(Debug)]
pub struct Link<'a> {
    /// What it leads to.
    pub target: &'a str,
    /// What is read: the words of a link, or what a picture shows.
    pub words: &'a str,
    /// Whether it is a picture.
    pub is_picture: bool,
}

/// What comes into the place of a link.
#[derive(Debug, PartialEq)]
pub enum Replacement {
    /// The link as it is.
    Same,
    /// A link with the same words that leads there.
    Target(String),
    /// Its words alone.
    Words,
    /// Something else than a link.
    Whole(String),
}

/// The text with each link replaced.
///
/// # Errors
///
/// The first one of a replacement.
pub fn replace_links(text: &str, replacement: impl Fn(&Link<'_>) -> Result<Replacement>) -> Result<String> {
    let mut replaced = text.to_owned();
    // From the end, so that the places of the others stay.
    for (range, target, is_picture) in links(text).into_iter().rev() {
        let Some(words) = text.get(range.clone()).and_then(words) else { continue };
        let mark = if is_picture { "!" } else { "" };
        match replacement(&Link { target: &target, words, is_picture })? {
            Replacement::Same => {}
            Replacement::Target(target) => replaced.replace_range(range, &format!("{mark}[{words}]({target})")),
            Replacement::Words => replaced.replace_range(range, words),
            Replacement::Whole(whole) => replaced.replace_range(range, &whole),
        }
    }
    Ok(replaced)
}

/// Where each link is, what it leads to, and whether it is a picture.
fn links(text: &str) -> Vec<(Range<usize>, String, bool)> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let links = events.filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. }) => None,
        Event::Start(Tag::Link { dest_url, .. }) => Some((range, dest_url.into_string(), false)),
        Event::Start(Tag::Image { dest_url, .. }) => Some((range, dest_url.into_string(), true)),
        _ => None,
    });
    links.collect()
}

/// The words of `[words](target)`, `[words][name]` or `[words]`.
fn words(link: &str) -> Option<&str> {
    let rest = link.strip_prefix('!').unwrap_or(link).strip_prefix('[')?;
    let end = ["](", "]["].iter().find_map(|end| rest.rsplit_once(end));
    end.map(|(words, _)| words).or_else(|| rest.strip_suffix(']'))
}
