//! The answer of `cargo lab lint` for a person.

use std::slice;

use anstyle::Style;

use crate::judge::findings::{Finding, Findings, Line, Severity};
use crate::machine::any_page::Place;
use crate::screen::report::{self, ASIDE, BAD, GOOD, HEADING, UNKNOWN, styled};
use crate::screen::visible::visible;

/// The most findings that are shown. Nobody reads more, and a page may have a million.
const MOST: usize = 500;

/// Writes the answer.
pub(super) fn answer(place: &Place, findings: &Findings) {
    report::line(styled(HEADING, format!("The page of {place}")));
    for finding in findings.all.iter().take(MOST) {
        show(finding);
    }
    if findings.all.len() > MOST {
        let more = findings.all.len() - MOST;
        report::line(format!("\n{}", report::wrapped("", &format!("And {more} more: `--format json` has them all."))));
    }
    report::line(format!("\n{}", summary(findings)));
}

fn show(finding: &Finding) {
    let severity = styled(style(finding.severity), finding.severity.name());
    let place = finding.line.as_ref().map(|line| format!("line {}: ", line.number)).unwrap_or_default();
    let whose = if finding.promtool == Some(false) { ", a rule of this course" } else { "" };
    report::line(format!("\n{place}{severity} {}", styled(ASIDE, format!("({}{whose})", finding.rule))));
    if let Some(line) = &finding.line {
        report::line(report::quoted(marked(line).lines()));
    }
    let says = [Some(&finding.message), Some(&finding.advice), finding.cause.as_ref()];
    let sentences: Vec<_> =
        says.into_iter().flatten().filter(|text| !text.is_empty()).map(|text| sentence(text)).collect();
    report::line(report::wrapped("  ", &sentences.join(" ")));
}

fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("{}{end}", capitalized(&visible(text)))
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error | Severity::Problem => BAD,
        Severity::Advice => UNKNOWN,
    }
}

/// The line, with carets below what is wrong.
fn marked(line: &Line) -> String {
    let text = visible(&line.text);
    let Some(place) = &line.place else { return text };
    // Signs for what cannot be seen are longer than that.
    let [start, end] = [place.start, place.end].map(|end| line.text.get(..end).map_or(end, |text| visible(text).len()));
    let place = start..end;
    format!("{text}\n{}", styled(BAD, report::underline(&text, slice::from_ref(&place), "")))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn summary(findings: &Findings) -> String {
    let Some(contents) = &findings.contents else {
        let text = "A page is read whole or not at all, and a strict reader does not read this one. What follows the error was not judged.";
        return report::wrapped("", text);
    };
    let problems = findings.count(Severity::Error) + findings.count(Severity::Problem);
    let style = if problems == 0 { GOOD } else { BAD };
    let advice = match findings.count(Severity::Advice) {
        0 => String::new(),
        number => format!(", {number} more of well-known libraries (advice)"),
    };
    let families = count(contents.families, "family", "families");
    let series = count(contents.series, "series", "series");
    format!("{families}, {series}, {}{advice}", styled(style, count(problems, "problem", "problems")))
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
