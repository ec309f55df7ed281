//! Rows become series.

use sqlx::{PgConnection, Row};

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
    pub async fn read(&self, connection: &mut PgConnection, families: &mut Families) -> sqlx::Result<()> {
        for row in sqlx::query(self.sql).fetch_all(connection).await? {
            let mut labels = Vec::with_capacity(self.labels.len());
            for label in self.labels {
                let value: Option<&str> = row.try_get(label)?;
                labels.push((*label, value.unwrap_or_default()));
            }
            for metric in self.metrics {
                if let Some(value) = row.try_get(metric.name)? {
                    families.add(metric, &labels, value);
                }
            }
        }
        Ok(())
    }
}
