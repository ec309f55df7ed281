//! A drawing within the page. As a file it has colours of its own, for light and dark; here it has those of the book's theme,
//! which a reader may choose against the system's.

use anyhow::{Context, Result, ensure};

/// What a drawing begins with, in all of `docs/src/pictures`.
const BEGIN: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\"";

/// A drawing in SVG, to be put into a page. `words` say what it shows, for those who do not see it.
///
/// # Errors
///
/// When it does not begin as all others, has no style of its own, or has a blank line, which would end it within Markdown.
pub fn inline(svg: &str, words: &str) -> Result<String> {
    let rest = svg.trim().strip_prefix(BEGIN).with_context(|| format!("does not begin with {BEGIN}"))?;
    let (head, rest) = rest.split_once("<style>").context("has no <style>")?;
    let (_, body) = rest.split_once("</style>").context("has no end of its <style>")?;
    ensure!(!svg.trim().lines().any(|line| line.trim().is_empty()), "has a blank line");
    Ok(format!("<figure>{BEGIN} aria-label=\"{}\"{}{}</figure>", escaped(words), head.trim_end(), body))
}

fn escaped(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
