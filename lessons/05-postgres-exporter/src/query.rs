//! Rows become series.

use std::borrow::Cow;
use std::collections::HashSet;

use anyhow::{Result, ensure};
use futures_util::TryStreamExt;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};
use sqlx::{Decode, PgConnection, Row, Type};
use tokio::task::consume_budget;

use crate::families::{Descriptor, Families};

/// A query whose rows become series: one for each metric.
#[derive(Debug)]
pub struct Query {
    /// The SQL. It gives each label a column of type `text`, and each metric a column of type `float8`, all with the
    /// names of the labels and metrics.
    pub sql: &'static str,
    /// The labels of all series. A label that is null is empty.
    pub labels: &'static [&'static str],
    /// The metrics. A value that is null makes no series: null says that nobody knows.
    pub metrics: &'static [Descriptor<'static>],
}

impl Query {
    /// Asks the database, and adds the series.
    ///
    /// # Errors
    ///
    /// When the database does not answer the query, or with other columns.
    pub async fn read(&self, connection: &mut PgConnection, families: &mut Families) -> Result<()> {
        self.count_nulls(connection, families).await?;
        Ok(())
    }

    /// The same, where a value that is null is one that could not be read. All others are added.
    ///
    /// # Errors
    ///
    /// When a value is null, or the database does not answer the query, or with other columns.
    pub async fn read_all(&self, connection: &mut PgConnection, families: &mut Families) -> Result<()> {
        let nulls = self.count_nulls(connection, families).await?;
        ensure!(nulls == 0, "{nulls} values could not be read: is something locked, or is a right missing?");
        Ok(())
    }

    /// Each row is added when it comes: then a deadline ends that, too, and no memory holds all rows.
    async fn count_nulls(&self, connection: &mut PgConnection, families: &mut Families) -> Result<usize> {
        let mut nulls = 0;
        let mut unreadable = HashSet::new();
        let mut rows = sqlx::query(self.sql).fetch(connection);
        while let Some(row) = rows.try_next().await? {
            let mut names = Vec::with_capacity(self.labels.len());
            for label in self.labels {
                let name: Option<Name<'_>> = row.try_get(label)?;
                names.push(name.unwrap_or_default().0);
            }
            let labels: Vec<_> = self.labels.iter().copied().zip(names.iter().map(Cow::as_ref)).collect();
            // Two names may look alike now. A series that is there twice would make the page invalid.
            let is_readable = !labels.iter().any(|(_, value)| value.contains(char::REPLACEMENT_CHARACTER));
            if !is_readable && !unreadable.insert(format!("{labels:?}")) {
                continue;
            }
            let mut values = Vec::with_capacity(self.metrics.len());
            for metric in self.metrics {
                match row.try_get(metric.name)? {
                    Some(value) => values.push((metric, value)),
                    None => nulls += 1,
                }
            }
            families.add_all(&values, &labels);
            // Where rows come faster than they are written, nothing else would stop at the deadline.
            consume_budget().await;
        }
        Ok(nulls)
    }
}

/// A name as whoever gave it wrote it: it need not be UTF-8. What is not becomes the replacement character.
#[derive(Default)]
struct Name<'a>(Cow<'a, str>);

impl<'a> Decode<'a, Postgres> for Name<'a> {
    fn decode(value: PgValueRef<'a>) -> Result<Self, BoxDynError> {
        Ok(Self(String::from_utf8_lossy(value.as_bytes()?)))
    }
}

impl Type<Postgres> for Name<'_> {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        <str as Type<Postgres>>::compatible(info)
    }
}
