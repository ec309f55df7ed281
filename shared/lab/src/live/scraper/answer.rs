//! What came from a target: a page, or why there is none.

use std::time::Instant;

use checks::exposition::Page;
use checks::subject::served::{NoPage, Served};
use reqwest::Client;
use serde::Serialize;

use crate::judge::findings::{Finding, Findings};
use crate::live::families::Marked;
use crate::live::history::Reading;
use crate::live::target::Target;

/// How many lines are shown above a line that cannot be read, and below it.
const AROUND: usize = 3;
/// The most characters of such a line.
const LONGEST_LINE: usize = 300;

/// What came from a target.
#[derive(Debug)]
pub(super) struct Answer {
    seconds: f64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Page(Page, Served),
    /// Prometheus cannot read it, for the first of these reasons.
    Unreadable(Findings, Served),
    Nothing(NoPage),
}

/// What is told of it.
#[derive(Debug, Serialize)]
pub(super) struct Heard {
    name: String,
    up: bool,
    seconds: f64,
    bytes: usize,
    series: usize,
    trouble: Option<Trouble>,
}

/// Why there is no page.
#[derive(Debug, Serialize)]
struct Trouble {
    kind: Kind,
    message: String,
    advice: String,
    cause: Option<String>,
    /// The line that cannot be read.
    line: Option<Marked>,
    /// That line, and those above and below.
    around: Vec<NumberedLine>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// No answer.
    Down,
    /// An answer, and no page at this address.
    Missing,
    /// Something that Prometheus cannot read.
    Unreadable,
}

#[derive(Debug, Serialize)]
struct NumberedLine {
    number: usize,
    text: String,
}

impl Answer {
    /// Asks a target for its page.
    pub(super) async fn of(client: &Client, target: &Target) -> Self {
        let start = Instant::now();
        let served = Served::through(client, target.page(), &target.shown()).await;
        let seconds = start.elapsed().as_secs_f64();
        Self { seconds, content: served.map_or_else(Content::Nothing, Content::of) }
    }

    /// What is kept of it.
    pub(super) fn into_reading(self) -> Option<Reading> {
        match self.content {
            Content::Page(page, served) => Some(Reading { page, served }),
            Content::Unreadable(..) | Content::Nothing(_) => None,
        }
    }
}

impl Content {
    fn of(served: Served) -> Self {
        match served.page() {
            Ok(page) if served.wrong_content_type().is_none() => Self::Page(page, served),
            _ => Self::Unreadable(Findings::of(&served), served),
        }
    }
}

impl Heard {
    /// What is told of an answer.
    pub(super) fn of(answer: &Answer, target: &Target) -> Self {
        let heard = Self {
            name: target.name().to_owned(),
            up: false,
            seconds: answer.seconds,
            bytes: 0,
            series: 0,
            trouble: None,
        };
        match &answer.content {
            Content::Page(page, served) => {
                Self { up: true, bytes: served.text().len(), series: page.samples().count(), ..heard }
            }
            Content::Unreadable(findings, served) => Self {
                bytes: served.text().len(),
                trouble: findings.all.first().map(|finding| Trouble::unreadable(finding, served.text())),
                ..heard
            },
            Content::Nothing(no_page) => Self { trouble: Some(Trouble::of(no_page, target)), ..heard },
        }
    }
}

impl Trouble {
    fn of(no_page: &NoPage, target: &Target) -> Self {
        let shown = target.shown();
        let (kind, message, advice, failure) = match no_page {
            NoPage::NoAnswer(failure) => {
                let message = format!("No answer comes from {shown} within a second.");
                (Kind::Down, message, "Start the app, or look what it says in its terminal.", failure)
            }
            NoPage::Status(404, failure) => {
                (Kind::Missing, format!("{shown} answers with 404: there is no page of metrics yet."), "", failure)
            }
            NoPage::Status(status @ 300..400, failure) => (
                Kind::Unreadable,
                format!("{shown} answers with {status}: it sends us elsewhere."),
                "Give the address that it leads to: this page goes to no other one than you have typed.",
                failure,
            ),
            NoPage::Status(status, failure) => {
                (Kind::Unreadable, format!("{shown} answers with {status}, and not with a page."), "", failure)
            }
        };
        let is_elsewhere = matches!(no_page, NoPage::Status(300..400, _));
        let cause = (!is_elsewhere).then(|| failure.mistake.clone());
        Self { kind, message, advice: advice.to_owned(), cause, line: None, around: Vec::new() }
    }

    fn unreadable(finding: &Finding, text: &str) -> Self {
        let line = finding.line.as_ref();
        Self {
            kind: Kind::Unreadable,
            message: finding.message.clone(),
            advice: finding.advice.clone(),
            cause: finding.cause.clone(),
            around: line.map(|line| around(text, line.number)).unwrap_or_default(),
            line: line.cloned().map(Marked::from),
        }
    }
}

fn around(text: &str, number: usize) -> Vec<NumberedLine> {
    let first = number.saturating_sub(AROUND).max(1);
    let lines = text.lines().zip(1..).skip(first - 1).take(number + AROUND + 1 - first);
    let shown = lines.map(|(line, number)| NumberedLine { number, text: line.chars().take(LONGEST_LINE).collect() });
    shown.collect()
}
