//! A comparison on the terminal.

use std::env;

use anstyle::{AnsiColor, Style};
use lab::screen::report::{self, ASIDE, BAD, GOOD, HEADING, styled};
use lab::screen::visible::visible;

use super::comparison::Comparison;
use super::pages::Pages;
use super::source::{Fate, FileDifference, Line, Row};
use crate::pages::{Difference, Names};

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
/// The least columns that a side has.
const NARROWEST: usize = 20;
/// The columns of a line's number, and the blank behind it.
const NUMBER: usize = 5;
/// What stands between the sides: a sign between blanks.
const BETWEEN: usize = 3;

/// How lines of code are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    /// One below the other.
    Lines,
    /// Side by side.
    Columns,
}

/// What the code differs in.
pub(super) fn sources(title: &str, names: Names<'_>, files: &[FileDifference], layout: Layout) {
    report::line(styled(HEADING, title));
    if files.is_empty() {
        report::line("\nThe code is the same.");
        return;
    }
    let width = column();
    for file in files {
        let fate = fate(file, names);
        report::line(format!("\n{}{fate}", styled(HEADING, &file.path)));
        for hunk in &file.hunks {
            report::line(styled(ASIDE, position(hunk)));
            match layout {
                Layout::Columns => hunk.iter().for_each(|row| side_by_side(row, width)),
                Layout::Lines => unified(hunk),
            }
        }
    }
    report::line(format!("\n{}", summary(files, names)));
}

fn fate(file: &FileDifference, names: Names<'_>) -> String {
    match file.fate {
        Fate::Both => String::new(),
        Fate::OnlyOne => format!("  (only {} has it)", names.one),
        Fate::OnlyOther => format!("  ({} lacks it)", names.one),
        Fate::NoText => "  (differs, and is no text)".to_owned(),
    }
}

fn summary(files: &[FileDifference], names: Names<'_>) -> String {
    let added: usize = files.iter().map(|file| file.added).sum();
    let removed: usize = files.iter().map(|file| file.removed).sum();
    let count = if files.len() == 1 { "1 file differs".to_owned() } else { format!("{} files differ", files.len()) };
    let [removed, added] = [styled(BAD, format!("-{removed}")), styled(GOOD, format!("+{added}"))];
    format!("{count}: {removed} {} {added} {} (lines)", names.one, names.other)
}

/// Removed lines, then added ones, as long as no line is the same.
fn unified(hunk: &[Row]) {
    for block in hunk.chunk_by(|one, other| one.is_same == other.is_same) {
        let is_same = block.first().is_some_and(|row| row.is_same);
        for line in block.iter().filter_map(|row| row.one.as_ref()) {
            match is_same {
                true => report::line(format!("  {}", painted(line, Style::new()))),
                false => report::line(format!("{} {}", styled(REMOVED, "-"), painted(line, REMOVED))),
            }
        }
        for line in block.iter().filter(|_| !is_same).filter_map(|row| row.other.as_ref()) {
            report::line(format!("{} {}", styled(ADDED, "+"), painted(line, ADDED)));
        }
    }
}

fn position(hunk: &[Row]) -> String {
    let side = |of: fn(&Row) -> Option<&Line>| {
        let numbers: Vec<_> = hunk.iter().filter_map(of).map(|line| line.number).collect();
        format!("{},{}", numbers.first().copied().unwrap_or_default(), numbers.len())
    };
    format!("@@ -{} +{} @@", side(|row| row.one.as_ref()), side(|row| row.other.as_ref()))
}

/// The pieces that differ stand out.
fn painted(line: &Line, style: Style) -> String {
    let pieces = line.pieces.iter();
    pieces.map(|(differs, piece)| styled(if *differs { style.invert() } else { style }, piece)).collect()
}

/// How wide the text of a side may be.
fn column() -> usize {
    let typed = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width: usize = typed.unwrap_or_else(textwrap::termwidth);
    (width.saturating_sub(BETWEEN) / 2).saturating_sub(NUMBER).max(NARROWEST)
}

fn side_by_side(row: &Row, width: usize) {
    let sign = match row {
        Row { is_same: true, .. } => " ",
        Row { one: Some(_), other: Some(_), .. } => "|",
        Row { one: Some(_), .. } => "<",
        Row { .. } => ">",
    };
    let [removed, added] = if row.is_same { [Style::new(); 2] } else { [REMOVED, ADDED] };
    let [left, right] = [cell(row.one.as_ref(), width, removed), cell(row.other.as_ref(), width, added)];
    let blank = " ".repeat(NUMBER + width);
    for index in 0..left.len().max(right.len()) {
        let [left, right] = [&left, &right].map(|cell| cell.get(index).unwrap_or(&blank));
        report::line(format!("{left} {sign} {right}").trim_end());
    }
}

/// A line in rows of the same width.
fn cell(line: Option<&Line>, width: usize, style: Style) -> Vec<String> {
    let Some(line) = line else { return Vec::new() };
    let mut rows = Vec::new();
    let (mut row, mut used) = (String::new(), 0);
    for (differs, piece) in &line.pieces {
        let style = if *differs { style.invert() } else { style };
        row += &style.to_string();
        for char in piece.chars() {
            let columns = textwrap::core::display_width(char.encode_utf8(&mut [0; 4]));
            if used + columns > width {
                rows.push(format!("{row}{style:#}{}", " ".repeat(width - used)));
                (row, used) = (style.to_string(), 0);
            }
            row.push(char);
            used += columns;
        }
        row += &format!("{style:#}");
    }
    rows.push(format!("{row}{}", " ".repeat(width - used)));
    let number = |index: usize| if index == 0 { line.number.to_string() } else { String::new() };
    let rows = rows.into_iter().enumerate();
    rows.map(|(index, row)| format!("{} {row}", styled(ASIDE, format!("{:>4}", number(index))))).collect()
}

/// What the pages differ in.
pub(super) fn pages(comparison: &Comparison) {
    if !comparison.has_code() {
        report::line(styled(HEADING, &comparison.title));
    }
    match &comparison.pages {
        Pages::LeftOut => {}
        Pages::Compared(differences) if differences.is_empty() => report::line("\nThe pages say the same."),
        Pages::Compared(differences) => words(differences, comparison.heading()),
        Pages::Unreadable(problem) => report::line(format!("\n{}", report::problem_text(problem))),
        Pages::NotCompared { problem, compiler } => {
            if !compiler.is_empty() {
                report::note(compiler);
            }
            report::note(format!("\n{}", report::problem_text(problem)));
            report::note(report::wrapped("", "So the pages were not compared."));
        }
    }
}

fn words(differences: &[Difference], heading: &str) {
    report::line(format!("\n{}", styled(HEADING, heading)));
    for difference in differences {
        let heading = report::wrapped("  ", &visible(&difference.heading()));
        report::line(format!("\n{}", styled(HEADING, heading)));
        for sentence in &difference.says {
            report::line(report::wrapped("  - ", &visible(sentence).replace('\n', "\u{240a}")));
        }
    }
    let count: usize = differences.iter().map(|difference| difference.families.len()).sum();
    let count = if count == 1 { "1 metric differs".to_owned() } else { format!("{count} metrics differ") };
    report::line(format!("\n{}", styled(BAD, count)));
}
