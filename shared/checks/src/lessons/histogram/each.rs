//! One request, one observation: under the labels that the counter of requests has for it, and no others.

use std::collections::BTreeMap;

use exposition::{Labels, Page};

use super::names::{COUNT, WHY_OUTCOMES};
use crate::lessons::counter::names::REQUESTS;
use crate::lessons::late;
use crate::lessons::moves::{Move, is_one_event, move_lines, moves, scrape_settled};
use crate::lessons::paths::Paths;
use crate::lessons::traffic::{Kind, Request, Sent};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

/// What it has seen of a shop so far.
#[derive(Default)]
pub(super) struct Judge {
    pub(super) paths: Paths,
    /// Whether the labels are judged, too.
    judges_labels: bool,
    /// The series of each method and path, and the first request that was observed there.
    series: BTreeMap<(String, String), (Labels, String)>,
}

impl Judge {
    /// One that judges the labels as well.
    pub(super) fn of_labels() -> Self {
        Self { judges_labels: true, ..Self::default() }
    }

    /// Sends requests one by one, and looks at the page after each.
    pub(super) async fn each(&mut self, app: &App, requests: Vec<Request>) -> Outcome {
        let mut before = app.scrape().await?;
        for request in requests {
            let sent = request.send(app).await?;
            before = self.one(app, &sent, mistake_of(sent.request.kind), &before).await?;
        }
        Ok(())
    }

    /// Judges one request, and returns the page after it.
    pub(super) async fn one(&mut self, app: &App, sent: &Sent, mistake: &str, before: &Page) -> Outcome<Page> {
        let is_observed = |page: &Page| is_one_event(&moves(before, page, COUNT));
        let after = scrape_settled(app, is_observed).await?;
        let observed = moves(before, &after, COUNT);
        match observed.as_slice() {
            [only] if only.by == 1.0 => {
                if self.judges_labels {
                    as_it_is_counted(sent, only, &moves(before, &after, REQUESTS))?;
                    self.paths.saw(sent, only.label("path"));
                    self.in_one_series(sent, only)?;
                }
                Ok(after)
            }
            [] => {
                late::is_ruled_out(app, COUNT, "/items").await?;
                not_once(sent).seen(move_lines(&observed, COUNT)).mistake(mistake).stop()
            }
            several => {
                late::is_ruled_out(app, COUNT, "/items").await?;
                let rises = several.iter().map(|moved| format!("rose by {}: {}", moved.by, moved.line));
                not_once(sent)
                    .seen(rises)
                    .mistake("The request is observed in two places, or under two sets of labels. What is counted at one point is to be observed at the same point, once.")
                    .stop()
            }
        }
    }

    /// Whatever a request ends in, its method and path have one series.
    fn in_one_series(&mut self, sent: &Sent, observed: &Move) -> Outcome {
        let key = (observed.label("method").to_owned(), observed.label("path").to_owned());
        let (labels, line) = self.series.entry(key).or_insert_with(|| (observed.labels.clone(), sent.line()));
        if *labels == observed.labels {
            return Ok(());
        }
        Failure::change("Give the histogram no label that depends on what a request ends in.")
            .expected("one series for each method and path, whatever the answer")
            .seen([line.clone(), sent.line(), "... went into two series, the second of which is:".to_owned()])
            .seen([observed.line.clone()])
            .mistake("There is a label more than `method` and `path`, such as the status.")
            .why("Each series of a histogram costs thirteen lines here, and one for each status multiplies them. Which share of the answers are errors, the counter of requests tells.")
            .stop()
    }
}

/// What usually keeps a kind of request out of the histogram.
fn mistake_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Success => "Only some routes are timed. A layer around the whole router times them all.",
        Kind::Error => {
            "Only successes are observed: the observation stands behind a `?`, or in an `if` that looks at the status. An error is an answer too, and somebody waited for it."
        }
        Kind::Rejection => {
            "The clock runs where only matched and valid requests arrive: in the handlers, or in a `route_layer`. Use `layer`, on the whole router, after its routes and fallbacks."
        }
        Kind::StandardMethod => "Only some methods are observed.",
    }
}

fn not_once(sent: &Sent) -> Failure {
    Failure::change(format!("Observe a request like `{}` once, as it is counted once.", sent.request.line()))
        .expected(format!("{COUNT} rises by 1, in one series"))
        .seen([sent.line(), "... and of the histogram:".to_owned()])
        .why(WHY_OUTCOMES)
}

/// With the labels that the counter has. Where that one is wrong, lesson 01 explains it.
fn as_it_is_counted(sent: &Sent, observed: &Move, counted: &[Move]) -> Outcome {
    let [counted] = counted else { return Ok(()) };
    let differs = |label: &&str| observed.label(label) != counted.label(label);
    let Some(label) = ["method", "path"].into_iter().find(differs) else { return Ok(()) };
    let is_swapped = observed.label("method") == counted.label("path");
    let mistake = if is_swapped {
        "The label values are in another order than the label names. Values go by their position."
    } else {
        "The label is made in another way than that of the counter. Both want the same two values: `with_label_values(&[method, path])`."
    };
    Failure::change(format!("Give the histogram the same `{label}` as `{REQUESTS}`."))
        .expected(format!("{label}=\"{}\" in both", counted.label(label)))
        .seen([sent.line(), counted.line.clone(), observed.line.clone()])
        .mistake(mistake)
        .why("Whoever sees in the counter that a route fails looks under the same labels for how long it took.")
        .stop()
}
