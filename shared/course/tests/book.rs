//! The book: mdBook makes it without a warning, and its pages can be read, on a telephone and on a projector.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use lab::machine::cargo::forget_package;
use lab::machine::mdbook;
use pulldown_cmark::{Event, Parser, Tag};
use serde::Deserialize;
use support::browser::Browser;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use walkdir::WalkDir;

const SOURCE: &str = "docs/src";
const TELEPHONE: (u32, u32) = (390, 844);
const PROJECTOR: (u32, u32) = (1280, 800);
/// Themes of mdBook: what it shows by day, and by night.
const THEMES: [&str; 2] = ["light", "navy"];

/// What a page says of itself, once the browser has drawn it. Texts of a picture overlap where both sides do by more than a
/// hair.
const LOOK: &str = r#"
    document.documentElement.classList.remove("light", "navy");
    document.documentElement.classList.add(THEME);
    const name = element => element.outerHTML.slice(0, 80);
    const faults = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) {
        const wide = [...document.querySelectorAll("main *")].find(element =>
            element.getBoundingClientRect().right > width + 1 && !element.closest("pre, .table-wrapper"));
        faults.push(`is wider than the screen: ${wide ? name(wide) : "?"}`);
    }
    for (const picture of document.querySelectorAll("main svg.picture")) {
        const box = picture.getBoundingClientRect();
        const texts = [...picture.querySelectorAll("text")].map(text => [text, text.getBoundingClientRect()]);
        for (const [text, at] of texts) {
            if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 || at.bottom > box.bottom + 1) {
                faults.push(`a text leaves its picture: ${text.textContent}`);
            }
        }
        texts.forEach(([text, one], index) => {
            for (const [second, other] of texts.slice(index + 1)) {
                const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
                const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
                if (across > 1 && down > 0.3 * Math.min(one.height, other.height)) {
                    faults.push(`two texts of a picture overlap: ${text.textContent} | ${second.textContent}`);
                }
            }
        });
    }
    for (const image of document.querySelectorAll("main img")) {
        if (image.naturalWidth === 0) faults.push(`a picture is not there: ${name(image)}`);
    }
    const links = [...document.querySelectorAll("main a[href]")].map(link => link.href);
    const headings = [...document.querySelectorAll("main [id]")].map(element => element.id);
    return { faults, links, headings };
"#;

/// What a script finds on a page, as it is shown at that moment.
#[derive(Deserialize)]
struct Seen {
    faults: Vec<String>,
    links: Vec<String>,
    headings: Vec<String>,
}

/// A page, as the browser shows it.
#[derive(Debug, Default)]
struct Look {
    page: String,
    faults: Vec<String>,
    /// Those within the book.
    links: BTreeSet<String>,
    headings: BTreeSet<String>,
}

/// The whole book, as the browser shows it.
struct Shown {
    looks: Vec<Look>,
    /// What stands in the console.
    complaints: Vec<String>,
}

#[test]
fn mdbook_makes_the_book_without_a_warning() {
    let Some((_folder, says)) = built() else { return };
    let complaints: Vec<_> = says.lines().filter(|line| !line.trim_start().starts_with("INFO")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
}

#[test]
fn every_text_is_a_chapter() {
    let texts = WalkDir::new(course::path(SOURCE)).into_iter().map(Result::unwrap);
    let texts = texts.filter(|file| file.path().extension().is_some_and(|end| end == "md"));
    let root = course::path(SOURCE);
    let texts = texts.map(|file| file.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
    let texts: BTreeSet<_> = texts.filter(|text| text != "SUMMARY.md").collect();
    assert_eq!(texts, chapters().into_iter().collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_can_be_read_on_a_telephone_and_on_a_projector_by_day_and_by_night() {
    let Some(Shown { looks, .. }) = shown().await else { return };
    let faults = looks.iter().flat_map(|look| look.faults.iter().map(|fault| format!("{}: {fault}", look.page)));
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_within_the_book_lead_to_a_page_and_to_a_heading_of_it() {
    let Some(Shown { looks, .. }) = shown().await else { return };
    let headings: BTreeMap<_, _> = looks.iter().map(|look| (look.page.as_str(), &look.headings)).collect();
    let is_fault = |link: &&String| {
        let (page, heading) = link.split_once('#').unwrap_or((link, ""));
        !headings.get(page).is_some_and(|headings| heading.is_empty() || headings.contains(heading))
    };
    let faults = looks.iter().flat_map(|look| {
        let faults = look.links.iter().filter(is_fault);
        faults.map(|link| format!("{}: {link}", look.page)).collect::<Vec<_>>()
    });
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_of_the_browser_stays_empty() {
    let Some(Shown { complaints, .. }) = shown().await else { return };
    assert_eq!(complaints, &Vec::<String>::new());
}

/// None where mdBook or the browser is not installed. All tests share what one of them has looked at.
async fn shown() -> Option<&'static Shown> {
    static SHOWN: OnceCell<Option<Shown>> = OnceCell::const_new();
    SHOWN.get_or_init(show).await.as_ref()
}

async fn show() -> Option<Shown> {
    let (folder, _) = built()?;
    let browser = Browser::open(PROJECTOR.0, PROJECTOR.1).await?;
    let mut looks = Vec::new();
    for page in pages() {
        looks.push(Look::at(&browser, folder.path(), page).await);
    }
    Some(Shown { looks, complaints: browser.complaints().await })
}

/// The book in a folder, and what mdBook says of it. None where that is not installed.
fn built() -> Option<(TempDir, String)> {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(mdbook::PROGRAM);
    forget_package(&mut command);
    command.args(["build", "docs", "--dest-dir"]).arg(folder.path()).current_dir(course::path(""));
    let output = command.output();
    let is_missing = output.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    if is_missing && env::var("LAB_REQUIRE_SERVICES").is_err() {
        eprintln!("NOT RUN: the book. mdBook is not installed: cargo install mdbook --locked");
        return None;
    }
    let output = output.unwrap();
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{says}");
    Some((folder, says))
}

/// The files of the chapters, in the order of the book.
fn chapters() -> Vec<String> {
    let summary = fs::read_to_string(course::path(SOURCE).join("SUMMARY.md")).unwrap();
    let links = Parser::new(&summary).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}

fn pages() -> Vec<String> {
    let pages = chapters().into_iter().map(|chapter| chapter.replace(".md", ".html")).collect::<Vec<_>>();
    assert!(pages.len() > 40, "{pages:?}");
    pages
}

impl Look {
    /// On both screens, and in both themes.
    async fn at(browser: &Browser, folder: &Path, page: String) -> Self {
        let url = format!("file://{}/{page}", folder.display());
        let mut look = Self { page, ..Self::default() };
        for (width, height) in [TELEPHONE, PROJECTOR] {
            browser.resize(width, height).await;
            // Anew: what a page shows beside its text depends on how wide the screen was when it came.
            browser.goto(&url).await;
            for theme in THEMES {
                let seen = browser.run(&LOOK.replace("THEME", &format!("{theme:?}"))).await;
                let seen: Seen = serde_json::from_value(seen).unwrap();
                look.faults.extend(seen.faults.iter().map(|fault| format!("at {width} pixels, {theme}, {fault}")));
                look.headings.extend(seen.headings);
                look.links.extend(seen.links.iter().filter_map(|link| within_the_book(link, folder)));
            }
        }
        look
    }
}

/// A link, as from the folder of the book. None if it leads elsewhere, or to a file that is there and no page.
fn within_the_book(link: &str, folder: &Path) -> Option<String> {
    let path = link.strip_prefix(&format!("file://{}/", folder.display()))?;
    let is_page = path.split('#').next().is_some_and(|file| file.ends_with(".html"));
    (is_page || !folder.join(path).is_file()).then(|| path.to_owned())
}
