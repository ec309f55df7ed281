//! A session of the check's own in PostgreSQL.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row as _};

use crate::outcome::{Outcome, Stop};

/// A session, as a superuser.
pub(crate) struct Session(PgConnection);

/// A row of a query: texts first, then numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The values of its columns of type `text`; null is an empty one.
    pub(crate) texts: Vec<String>,
    /// The values of its columns of type `float8`; null is none.
    pub(crate) numbers: Vec<Option<f64>>,
}

impl Session {
    pub(super) async fn open(options: &PgConnectOptions) -> Outcome<Self> {
        Ok(Self(options.clone().disable_statement_logging().connect().await.map_err(not_run)?))
    }

    /// Executes statements, each in a transaction of its own unless they begin one.
    pub(crate) async fn run(&mut self, sql: &str) -> Outcome {
        self.try_run(sql).await.map_err(not_run)
    }

    /// Executes statements that may fail.
    pub(crate) async fn try_run(&mut self, sql: &str) -> sqlx::Result<()> {
        self.0.execute(AssertSqlSafe(sql.to_owned())).await?;
        Ok(())
    }

    /// The rows of a query whose first columns are so many texts, and all others numbers.
    pub(crate) async fn rows(&mut self, sql: &str, texts: usize) -> Outcome<Vec<Row>> {
        let rows = self.0.fetch_all(AssertSqlSafe(sql.to_owned())).await.map_err(not_run)?;
        let row = |row: &sqlx::postgres::PgRow| {
            let text = |column| Ok(row.try_get::<Option<String>, _>(column)?.unwrap_or_default());
            let texts_of_row = (0..texts).map(text).collect::<sqlx::Result<_>>()?;
            let numbers = (texts..row.len()).map(|column| row.try_get(column)).collect::<sqlx::Result<_>>()?;
            Ok(Row { texts: texts_of_row, numbers })
        };
        rows.iter().map(row).collect::<sqlx::Result<_>>().map_err(not_run)
    }

    /// The value of a query that has one row with one column of type `float8`.
    pub(crate) async fn number(&mut self, sql: &str) -> Outcome<f64> {
        let rows = self.rows(sql, 0).await?;
        Ok(rows.first().and_then(|row| row.numbers.first().copied().flatten()).unwrap_or_default())
    }

    /// The rows of a query whose first column is of type `text`.
    pub(crate) async fn texts(&mut self, sql: &str) -> Outcome<Vec<String>> {
        Ok(self.rows(sql, 1).await?.into_iter().flat_map(|row| row.texts).collect())
    }

    /// Ends the session. PostgreSQL then adds its statistics to the others.
    pub(crate) async fn close(self) -> Outcome {
        self.0.close().await.map_err(not_run)
    }
}

/// A name as SQL has it, whatever is in it.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL has it, whatever is in it.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The check's own way to the database failed. That says nothing about the exporter.
pub(super) fn not_run(error: sqlx::Error) -> Stop {
    Stop::NotRun(format!("the check's own session in PostgreSQL failed: {error}"))
}
