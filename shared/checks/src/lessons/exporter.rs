//! Lesson 05: what does the database itself say?

mod activity;
mod clean_page;
mod column;
mod compare;
mod database;
pub(super) mod families;
mod fresh;
mod lines;
mod locks;
mod missing;
mod names;
mod own;
mod require;
mod resilience;
pub(super) mod script;
mod settings;
mod tables;
mod view;

use futures_util::FutureExt;

use crate::check::{Check, Run};

const LESSON: &str = "05-postgres-exporter";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "database", run: Run::Exporter(|exporter| database::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "activity", run: Run::Exporter(|exporter| activity::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "locks", run: Run::Exporter(|exporter| locks::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "settings", run: Run::Exporter(|exporter| settings::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "tables", run: Run::Exporter(|exporter| tables::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "resilience", run: Run::Exporter(|exporter| resilience::check(exporter).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Exporter(|exporter| clean_page::check(exporter).boxed()) },
];

#[cfg(test)]
mod tests {
    use super::column::Column;
    use super::{database, tables};
    use crate::services::if_installed;
    use crate::services::postgres::Postgres;
    use crate::subject::scene::Scene;
    use crate::subject::session::Row;
    use crate::subject::watched::WatchedDatabase;

    #[tokio::test]
    async fn whoever_takes_one_column_for_another_shows_a_wrong_number() {
        let Some(database) = database().await else { return };
        Scene::default().statistics(&database).await.unwrap();
        assert_all_distinct(&database, database::STATISTICS, "pg_stat_database").await;

        let Some(database) = self::database().await else { return };
        Scene::default().tables(&database).await.unwrap();
        assert_all_distinct(&database, tables::STATISTICS, "pg_stat_user_tables").await;
        assert_all_distinct(&database, tables::SIZES, "pg_stat_user_tables").await;
    }

    async fn database() -> Option<WatchedDatabase> {
        let postgres = if_installed(Postgres::start().await, "the scene of the exporter").unwrap()?;
        Some(WatchedDatabase::create(postgres).await.unwrap())
    }

    async fn assert_all_distinct(database: &WatchedDatabase, columns: &[Column], view: &str) {
        let select: Vec<_> = columns.iter().map(|column| format!("({})::float8", column.sql)).collect();
        let mut session = database.connect().await.unwrap();
        let rows = session.rows(&format!("SELECT {} FROM {view}", select.join(", ")), 0).await.unwrap();
        assert_distinct(columns, &rows);
    }

    fn assert_distinct(columns: &[Column], rows: &[Row]) {
        for (one, column) in columns.iter().enumerate() {
            let is_zero = rows.iter().all(|row| row.numbers[one] == Some(0.0));
            assert!(!is_zero || column.sql == "conflicts", "{} is 0 everywhere", column.sql);
            for (other, neighbour) in columns.iter().enumerate().skip(one + 1) {
                let differ = rows.iter().any(|row| {
                    let [one, other] = [row.numbers[one], row.numbers[other]].map(Option::unwrap_or_default);
                    !column.accepts(other, one, one) && !neighbour.accepts(one, other, other)
                });
                assert!(differ, "{} and {} are alike", column.sql, neighbour.sql);
            }
        }
    }
}
