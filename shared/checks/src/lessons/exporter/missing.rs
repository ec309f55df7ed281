//! Why a metric may be missing from the page, as far as the page and the program's log tell.

use exposition::{Page, Sample};

use super::lines::log_lines;
use super::names::{SUCCESS, UP};
use crate::subject::exporter::Exporter;

/// Words of PostgreSQL's driver in the program's log, and what they mean.
const COMPLAINTS: [(&str, &str); 3] = [
    (
        "unexpected null",
        "PostgreSQL has null where the program expects a value, and the collector gave up there. Null says that nobody knows: when statistics were reset that never were, when a table was vacuumed that never was, which unit a setting has that has none. Decide what it means: `coalesce(..., 0)` in the query shows 0, as the official exporter does, and decoding an `Option` leaves the series out.",
    ),
    (
        "no column found for name",
        "A label or a metric of the `Query` has no column of its name. Both are written alike: `xact_commit::float8 AS pg_stat_database_xact_commit`.",
    ),
    (
        "is not compatible with SQL type",
        "A column has another type than the program reads. Cast it in the query: a metric `::float8`, a label `::text`.",
    ),
];

/// Why a metric, or a series of it, is missing.
pub(super) struct Cause {
    /// Lines that tell of it.
    pub(super) seen: Vec<String>,
    /// What they mean.
    pub(super) mistake: String,
}

impl Cause {
    /// The cause, as far as it can be known.
    pub(super) fn of(exporter: &Exporter, page: &Page, metric: &str) -> Self {
        if is_down(page) {
            return Self::no_connection(exporter);
        }
        match collector_of(page, metric) {
            Some(collector) if collector.value == 0.0 => Self::failure(exporter, collector),
            Some(collector) => Self::silence(collector),
            None => Self {
                seen: log_lines(exporter, ""),
                mistake: "The page names no collector that reads it. It is missing from `COLLECTORS`, or what adds the metric was taken out.".into(),
            },
        }
    }

    fn no_connection(exporter: &Exporter) -> Self {
        Self {
            seen: [format!("{UP} 0")].into_iter().chain(log_lines(exporter, "")).collect(),
            mistake: "The scrape could not connect to the database, so that nothing was read. The log says why.".into(),
        }
    }

    /// The collector says that it failed, and the log says how.
    fn failure(exporter: &Exporter, collector: &Sample) -> Self {
        let last = log_lines(exporter, name(collector)).pop();
        let says = |words: &str| last.as_ref().is_some_and(|line| line.contains(words));
        let meaning = COMPLAINTS.iter().find(|(words, _)| says(words)).map(|(_, meaning)| *meaning);
        let mistake = meaning.unwrap_or("PostgreSQL refused a query of this collector, or did not answer it in time. Read the error in the program's log, and try the query in psql.");
        Self { seen: [collector.line.clone()].into_iter().chain(last).collect(), mistake: mistake.into() }
    }

    /// Nothing failed, and yet it is not there.
    fn silence(collector: &Sample) -> Self {
        Self {
            seen: vec![collector.line.clone()],
            mistake: format!(
                "The collector `{}` has read all that it asks for. So it does not ask for this yet: a `Query` needs a column and a `Descriptor` of this name. Or the query has no row for it, or null in each, which makes no series.",
                name(collector)
            ),
        }
    }
}

/// Whether the page itself says that this metric could not be read.
pub(super) fn has_failed(page: &Page, metric: &str) -> bool {
    is_down(page) || collector_of(page, metric).is_some_and(|collector| collector.value == 0.0)
}

fn is_down(page: &Page) -> bool {
    page.value(UP, &[]) == Some(0.0)
}

/// What the collector of a metric says of itself. The official exporter names them by their views, as it does metrics.
fn collector_of<'a>(page: &'a Page, metric: &str) -> Option<&'a Sample> {
    page.series(SUCCESS).find(|sample| !name(sample).is_empty() && metric.contains(name(sample)))
}

fn name(collector: &Sample) -> &str {
    collector.label("collector").unwrap_or_default()
}
