//! What changes while a collector cannot read its view. Whoever shows an old value then does not know of it.

use exposition::Page;

use super::collectors::{Collected, TABLE};
use crate::lessons::exporter::lines::lines;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;
use crate::subject::watched::APPLICATION_NAME;

/// A change, for as long as this value lives.
pub(super) struct Later {
    /// Statements, one after the other.
    sql: Vec<String>,
    /// The series that shows it, and from which value on.
    metric: &'static str,
    labels: Vec<(&'static str, String)>,
    least: f64,
    /// Holds what the statements have begun.
    session: Session,
}

impl Later {
    /// Changes something that this collector would show; none where nothing may be changed.
    pub(super) async fn than(exporter: &Exporter, collected: &Collected, database: &str) -> Outcome<Option<Self>> {
        let (sql, metric, labels, least) = match collected.name {
            "database" => {
                let name = format!("{database}_later");
                (vec![format!("CREATE DATABASE {name}")], collected.metric, vec![("datname", name)], 0.0)
            }
            "stat_activity" => {
                let labels = [("state", "idle in transaction"), ("application_name", APPLICATION_NAME)];
                (vec!["BEGIN".to_owned()], collected.metric, owned(database, &labels), 1.0)
            }
            "locks" => {
                let lock = format!("BEGIN; LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE");
                (vec![lock], collected.metric, owned(database, &[("mode", "sharerowexclusivelock")]), 1.0)
            }
            "settings" if exporter.database.is_alone() => {
                let sql =
                    ["ALTER SYSTEM SET deadlock_timeout = '7s'", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.2)"];
                (sql.map(str::to_owned).into(), "pg_settings_deadlock_timeout_seconds", Vec::new(), 7.0)
            }
            "stat_user_tables" => {
                let sql = vec!["CREATE TABLE later (id int)".to_owned()];
                (sql, collected.metric, owned(database, &[("relname", "later")]), 0.0)
            }
            _ => return Ok(None),
        };
        let mut session = exporter.database.connect_to(database).await?;
        for statement in &sql {
            session.run(statement).await?;
        }
        Ok(Some(Self { sql, metric, labels, least, session }))
    }

    /// Ends the check where the collector has series, and the change is on none of them.
    pub(super) fn is_known(&self, page: &Page, collected: &Collected, when: &str) -> Outcome {
        let labels: Vec<_> = self.labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let is_known = page.matching(self.metric, &labels).any(|sample| sample.value >= self.least);
        if is_known || page.series(collected.metric).next().is_none() {
            return Ok(());
        }
        Failure::change("Show nothing that was read in an earlier scrape.")
            .expected(format!("no series of `{}`, when {when}, or those of now", collected.metric))
            .seen([format!("done meanwhile: {}", self.sql.concat())])
            .seen(lines(page, self.metric, &labels))
            .mistake(
                "What the last scrape that succeeded has read is kept, and shown again when nothing new can be read.",
            )
            .why("The graphs of what nobody can read go on as flat lines, as if all were well.")
            .stop()
    }

    /// Ends the change.
    pub(super) async fn end(self) -> Outcome {
        self.session.close().await
    }
}

fn owned(database: &str, labels: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let labels = [("datname", database)].into_iter().chain(labels.iter().copied());
    labels.map(|(name, value)| (name, value.to_owned())).collect()
}
