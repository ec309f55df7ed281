//! Nothing is kept from one scrape to the next: what has changed in PostgreSQL is on the next page.

use super::lines::{lines, series};
use super::missing::has_failed;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

/// How often a busy machine may be slow to let a change through.
const ATTEMPTS: usize = 5;

/// A value that the check moves, there and back.
pub(super) struct Moved<'a> {
    pub(super) metric: &'a str,
    pub(super) labels: &'a [(&'a str, &'a str)],
    pub(super) there: Move<'a>,
    pub(super) back: Move<'a>,
}

/// What moves a value.
pub(super) struct Move<'a> {
    /// Statements, one after the other.
    pub(super) sql: &'a [&'a str],
    /// The sum of its series afterwards; none where there is no series.
    pub(super) value: Option<f64>,
}

/// Ends the check unless the first page after each of both moves shows it, at least once. In a row without a pause, so that
/// also what is kept for a second is seen.
pub(super) async fn is_read_at_each_scrape(exporter: &Exporter, session: &mut Session, moved: &Moved<'_>) -> Outcome {
    let Moved { metric, labels, there, back } = moved;
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let mut is_fresh = true;
        for Move { sql, value } in [there, back] {
            for statement in *sql {
                session.run(statement).await?;
            }
            let page = exporter.app.scrape().await?;
            let is_there = page.matching(metric, labels).next().is_some();
            let found = is_there.then(|| page.sum(metric, labels));
            if found != *value {
                is_fresh = false;
                // What failed is no old value.
                last = last.or_else(|| (!has_failed(&page, metric)).then_some((page, *sql, *value)));
            }
        }
        if is_fresh {
            return Ok(());
        }
    }
    let Some((page, sql, value)) = last else { return Ok(()) };
    let (change, expected, mistake) = match value {
        Some(value) => (
            format!("Read `{metric}` anew in each scrape."),
            format!("{value} in {}", series(metric, labels)),
            "What an earlier scrape has read is kept, for a while or for ever, as something that hardly ever changes. Or it is read on a timer. Or rows are kept by a number such as `oid`, with the name that they had.",
        ),
        None => (
            format!("Show no series of `{metric}` for what is not there any more."),
            format!("no series {}", series(metric, labels)),
            "The series are kept in a `GaugeVec` or in a map that lives longer than a scrape, or the values come from a cache.",
        ),
    };
    Failure::change(change)
        .expected(format!("{expected}, at the first scrape after `{}`", sql.first().copied().unwrap_or_default()))
        .seen(lines(&page, metric, labels))
        .mistake(mistake)
        .why("Whoever has just changed something looks at the page to see whether it worked. An old value looks like a fresh one.")
        .stop()
}
