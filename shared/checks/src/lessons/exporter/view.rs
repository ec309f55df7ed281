//! A view of PostgreSQL, held against its series: each row, and each column of it.

use std::collections::BTreeMap;

use exposition::{MetricType, Page, Sample};

use super::column::Column;
use super::require::require_family;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

/// A view, or a part of it.
pub(super) struct View<'a> {
    /// Where the rows come from: the SQL after `FROM`, up to `WHERE`.
    pub(super) from: &'a str,
    /// Which rows: the SQL after `WHERE`.
    pub(super) filter: &'a str,
    /// Whether rows of the same labels are one series.
    pub(super) grouped: bool,
    /// The labels that tell the rows apart, and what they are in SQL.
    pub(super) labels: &'a [(&'static str, &'static str)],
    pub(super) columns: &'a [Column],
    /// Which series of the page can only come from these rows.
    pub(super) is_of_these: &'a (dyn Fn(&Sample) -> bool + Sync),
    /// What it usually is when a row has no series.
    pub(super) missing: &'a str,
    /// What it usually is when a value is another one.
    pub(super) differs: &'a str,
    pub(super) why: &'a str,
}

/// What the labels of a row say, and its numbers.
pub(super) type Rows = BTreeMap<Vec<String>, Vec<f64>>;

/// PostgreSQL, asked before and after a scrape.
pub(super) struct Look {
    pub(super) before: Rows,
    pub(super) page: Page,
    pub(super) after: Rows,
}

/// What is wrong with a column.
pub(super) struct Wrong<'a> {
    pub(super) column: &'a Column,
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    /// A row has no series, or more than one.
    Missing { row: &'a Vec<String> },
    /// A series has no row.
    Unknown { sample: &'a Sample },
    /// The value is another one.
    Differs { row: &'a Vec<String>, number: usize, value: f64 },
}

impl View<'_> {
    pub(super) async fn look(&self, exporter: &Exporter, session: &mut Session) -> Outcome<Look> {
        let before = self.rows(session).await?;
        let page = exporter.app.scrape().await?;
        Ok(Look { before, page, after: self.rows(session).await? })
    }

    async fn rows(&self, session: &mut Session) -> Outcome<Rows> {
        let labels = self.labels.iter().map(|(_, sql)| format!("({sql})::text"));
        let columns = self.columns.iter().map(|column| format!("({})::float8", column.sql));
        let select: Vec<_> = labels.chain(columns).collect();
        let groups: Vec<_> = (1..=self.labels.len()).map(|number| number.to_string()).collect();
        let group_by = if self.grouped { format!(" GROUP BY {}", groups.join(", ")) } else { String::new() };
        let sql = format!("SELECT {} FROM {} WHERE {}{group_by}", select.join(", "), self.from, self.filter);
        let rows = session.rows(&sql, self.labels.len()).await?;
        let numbers = |numbers: Vec<Option<f64>>| numbers.into_iter().map(Option::unwrap_or_default).collect();
        Ok(rows.into_iter().map(|row| (row.texts, numbers(row.numbers))).collect())
    }

    pub(super) fn first_wrong<'l>(&'l self, exporter: &Exporter, look: &'l Look) -> Outcome<Option<Wrong<'l>>> {
        let names: Vec<_> = self.labels.iter().map(|(name, _)| *name).collect();
        for (number, column) in self.columns.iter().enumerate() {
            require_family(exporter, &look.page, column.metric, column.metric_type, &names, self.why)?;
            if let Some(what) = self.first_wrong_row(look, column.metric, (number, column)) {
                return Ok(Some(Wrong { column, what }));
            }
        }
        Ok(None)
    }

    /// Whether the metric shows this column in each row, whichever it should show.
    pub(super) fn shows(&self, look: &Look, metric: &str, column: (usize, &Column)) -> bool {
        self.first_wrong_row(look, metric, column).is_none()
    }

    fn first_wrong_row<'l>(
        &'l self,
        look: &'l Look,
        metric: &str,
        (number, column): (usize, &Column),
    ) -> Option<What<'l>> {
        let mut found: BTreeMap<Vec<&str>, Vec<&Sample>> = BTreeMap::new();
        for sample in look.page.series(metric) {
            found.entry(self.key(sample)).or_default().push(sample);
        }
        let samples = look.page.series(metric);
        let is_known = |key: &[String]| look.before.contains_key(key) || look.after.contains_key(key);
        let unknown = samples.filter(|sample| (self.is_of_these)(sample)).find(|sample| {
            let key: Vec<_> = self.key(sample).into_iter().map(str::to_owned).collect();
            !is_known(&key)
        });
        // A series that nobody knows is often the reason of one that is missing.
        if let Some(sample) = unknown {
            return Some(What::Unknown { sample });
        }
        for (row, before) in &look.before {
            let Some(after) = look.after.get(row) else { continue };
            let key: Vec<_> = row.iter().map(String::as_str).collect();
            let Some([sample]) = found.get(&key).map(Vec::as_slice) else { return Some(What::Missing { row }) };
            let (before, after) = (before.get(number)?, after.get(number)?);
            if !column.accepts(sample.value, *before, *after) {
                return Some(What::Differs { row, number, value: sample.value });
            }
        }
        None
    }

    fn key<'s>(&self, sample: &'s Sample) -> Vec<&'s str> {
        self.labels.iter().map(|(name, _)| sample.label(name).unwrap_or_default()).collect()
    }
}

impl Wrong<'_> {
    /// Whether another look cannot show anything else: a counter never goes back, so that its value has to lie between
    /// what PostgreSQL says before and after the scrape. Anything else may change meanwhile.
    pub(super) fn is_final(&self) -> bool {
        self.column.metric_type == MetricType::Counter && matches!(self.what, What::Differs { .. })
    }
}
