//! A comparison as one HTML file, which needs nothing else: no script, no network.

use lab::screen::visible::visible;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::comparison::Comparison;
use super::pages::Pages;
use super::source::{Fate, FileDifference, Line, Row};
use crate::pages::{Difference, Names};

/// By this an earlier page is known.
pub(super) const GENERATOR: &str = "<meta name=\"generator\" content=\"cargo lab diff\">";

const STYLE: &str = include_str!("style.css");

/// The whole file.
pub(super) fn page(comparison: &Comparison) -> String {
    let Comparison { title, names, files, pages, .. } = comparison;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                (PreEscaped(GENERATOR))
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                (pages_section(pages, comparison.heading()))
                @if let Some(files) = files { (code_section(files, *names)) }
            }
        }
    };
    page.into_string()
}

fn pages_section(pages: &Pages, heading: &str) -> Markup {
    html! {
        @match pages {
            Pages::LeftOut => {}
            Pages::Compared(differences) => section {
                h2 { (heading) }
                @if differences.is_empty() { p.same { "They say the same." } }
                @for difference in differences { (family(difference)) }
            }
            Pages::Unreadable(problem) => section {
                h2 { (heading) }
                (explained(&problem.message, &problem.quoted, &problem.advice))
            }
            Pages::NotCompared { problem, compiler } => section {
                h2 { (heading) }
                p { "They were not compared." }
                (explained(&problem.message, &problem.quoted, &problem.advice))
                @if !compiler.is_empty() { pre { (visible(&anstream::adapter::strip_str(compiler).to_string())) } }
            }
        }
    }
}

fn explained(message: &str, quoted: &str, advice: &str) -> Markup {
    html! {
        p { (message) }
        @if !quoted.is_empty() { pre { (quoted) } }
        @if !advice.is_empty() { p { (advice) } }
    }
}

fn family(difference: &Difference) -> Markup {
    html! {
        h3 { code { (visible(&difference.heading())) } }
        ul { @for sentence in &difference.says { li { (with_code(&visible(sentence))) } } }
    }
}

/// What stands between backticks is code.
fn with_code(sentence: &str) -> Markup {
    html! {
        @for (index, piece) in sentence.split('`').enumerate() {
            @if index % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}

fn code_section(files: &[FileDifference], names: Names<'_>) -> Markup {
    html! {
        section {
            h2 { "The code" }
            @if files.is_empty() {
                p.same { "It is the same." }
            } @else {
                p.legend {
                    del { "\u{2212} " (names.one) } " "
                    ins { "+ " (names.other) }
                }
            }
            @for file in files { (file_section(file, names)) }
        }
    }
}

fn file_section(file: &FileDifference, names: Names<'_>) -> Markup {
    html! {
        h3 { code { (file.path) } (fate(file.fate, names)) }
        @if !file.hunks.is_empty() {
            table {
                @for hunk in &file.hunks {
                    tbody { @for block in hunk.chunk_by(|one, other| one.is_same == other.is_same) { (rows(block)) } }
                }
            }
        }
    }
}

fn fate(fate: Fate, names: Names<'_>) -> String {
    match fate {
        Fate::Both => String::new(),
        Fate::OnlyOne => format!(" (only {} has it)", names.one),
        Fate::OnlyOther => format!(" ({} lacks it)", names.one),
        Fate::NoText => " (differs, and is no text)".to_owned(),
    }
}

/// Lines that both have; or those of the one side, then those of the other.
fn rows(block: &[Row]) -> Markup {
    let is_same = block.first().is_some_and(|row| row.is_same);
    html! {
        @if is_same {
            @for row in block {
                tr { (number(row.one.as_ref())) (number(row.other.as_ref())) td.sign {} (code(row.one.as_ref())) }
            }
        } @else {
            @for row in block.iter().filter(|row| row.one.is_some()) {
                tr.removed { (number(row.one.as_ref())) (number(None)) td.sign { "\u{2212}" } (code(row.one.as_ref())) }
            }
            @for row in block.iter().filter(|row| row.other.is_some()) {
                tr.added { (number(None)) (number(row.other.as_ref())) td.sign { "+" } (code(row.other.as_ref())) }
            }
        }
    }
}

fn number(line: Option<&Line>) -> Markup {
    html! { td.number { @if let Some(line) = line { (line.number) } } }
}

fn code(line: Option<&Line>) -> Markup {
    html! {
        td.code {
            @for (differs, piece) in line.iter().flat_map(|line| &line.pieces) {
                @if *differs { mark { (piece) } } @else { (piece) }
            }
        }
    }
}
