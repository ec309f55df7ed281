//! What moved between two pages, series by series.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use exposition::{Labels, Page, Sample};
use tokio::time::{Instant, sleep};

use crate::outcome::Outcome;
use crate::subject::app::App;

/// How long a value may lag behind the answer, where something other than the middleware counts it: when the body has
/// been sent, for example.
const LAG: Duration = Duration::from_millis(500);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A series that has another value than before.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) labels: Labels,
    /// A series that was not there counts from 0, and one that is gone down to 0.
    pub(super) by: f64,
    /// As an explanation shows it: the line of the page.
    pub(super) line: String,
}

impl Move {
    /// The value of a label; empty where there is none.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// The series of this name that moved, in the order of their labels.
pub(super) fn moves(before: &Page, after: &Page, name: &str) -> Vec<Move> {
    let (lines_before, lines_after) = (lines(before, name), lines(after, name));
    let (before, after) = (by_labels(before, name, &lines_after), by_labels(after, name, &lines_before));
    let risen = after.values().map(|sample| {
        let by = sample.value - before.get(&sample.labels).map_or(0.0, |sample| sample.value);
        Move { labels: sample.labels.clone(), by, line: sample.line.clone() }
    });
    let gone = before.values().filter(|sample| !after.contains_key(&sample.labels)).map(|sample| Move {
        labels: sample.labels.clone(),
        by: -sample.value,
        line: format!("not there any more: {}", sample.line),
    });
    risen.chain(gone).filter(|moved| moved.by != 0.0).collect()
}

fn lines<'a>(page: &'a Page, name: &str) -> HashSet<&'a str> {
    page.series(name).map(|sample| sample.line.as_str()).collect()
}

/// What is on the other page word for word has not moved, and most is.
fn by_labels<'a>(page: &'a Page, name: &str, others: &HashSet<&str>) -> BTreeMap<&'a Labels, &'a Sample> {
    let differing = page.series(name).filter(|sample| !others.contains(sample.line.as_str()));
    differing.map(|sample| (&sample.labels, sample)).collect()
}

/// Whether one series rose by 1, and no other moved.
pub(super) fn is_one_event(moves: &[Move]) -> bool {
    matches!(moves, [only] if only.by == 1.0)
}

/// The lines of what moved, or word that nothing did.
pub(super) fn move_lines(moves: &[Move], name: &str) -> Vec<String> {
    if moves.is_empty() {
        return vec![format!("no line of `{name}` moved")];
    }
    moves.iter().map(|moved| moved.line.clone()).collect()
}

/// How many pages in a row lack a metric that is missing, and is not only a moment late. A busy machine takes longer for them.
const PAGES: usize = 8;

/// Scrapes until this metric is there, or some pages in a row lack it; returns the last page either way.
pub(super) async fn scrape_until_there(app: &App, name: &str) -> Outcome<Page> {
    let mut page = app.scrape().await?;
    for _ in 1..PAGES {
        if page.family(name).is_some() {
            break;
        }
        sleep(POLL_INTERVAL).await;
        page = app.scrape().await?;
    }
    Ok(page)
}

/// Scrapes until `good` says yes, or [`LAG`] ends; returns the last page either way.
pub(super) async fn scrape_settled(app: &App, good: impl Fn(&Page) -> bool) -> Outcome<Page> {
    let deadline = Instant::now() + LAG;
    loop {
        let page = app.scrape().await?;
        if good(&page) || Instant::now() >= deadline {
            return Ok(page);
        }
        sleep(POLL_INTERVAL).await;
    }
}
