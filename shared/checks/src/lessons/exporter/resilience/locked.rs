//! A table that is locked for the whole time of a scrape.

use super::{SCRAPE_TIMEOUT, TABLES, recovers, require_others, require_word_of_failure, scrape_in_time};
use crate::check::{Failure, Outcome};
use crate::exporter::Exporter;
use crate::exposition::{MetricType, Page};
use crate::lessons::exporter::{SUCCESS, lines, require_family, series};

const LOCKS: &str = "pg_locks_count";
const SIZE: &str = "pg_stat_user_tables_table_size_bytes";
const TABLE: &str = "held";
const WHEN: &str = "a table is locked exclusively";

pub(super) async fn table_does_not_hold_up_the_scrape(exporter: &Exporter) -> Outcome {
    let mut holder = exporter.database.connect().await?;
    holder.run(&format!("DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} (id int PRIMARY KEY)")).await?;
    holder.run(&format!("BEGIN; LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")).await?;
    let page = scrape_in_time(&exporter.app, SCRAPE_TIMEOUT, WHEN).await;
    holder.close().await?;
    let page = page?;

    require_others(&page, TABLES, WHEN)?;
    shows_the_lock(exporter, &page)?;
    require_family(exporter, &page, SUCCESS, MetricType::Gauge, &["collector"], "It tells which collector did not work.")?;
    // Whoever gets the size without the lock has nothing to confess.
    if page.matching(SIZE, &[("relname", TABLE)]).next().is_none() {
        require_word_of_failure(&page, WHEN)?;
    }
    recovers(exporter, "the lock on a table was released").await
}

fn shows_the_lock(exporter: &Exporter, page: &Page) -> Outcome {
    let labels = [("datname", exporter.database.name.as_str()), ("mode", "accessexclusivelock")];
    if page.sum(LOCKS, &labels) >= 1.0 {
        return Ok(());
    }
    Failure::change("Read everything at the scrape.")
        .expected(format!("{} 1, at the first scrape after the lock was taken", series(LOCKS, &labels)))
        .seen(lines(page, LOCKS, &labels[..1]))
        .mistake("The values come from a cache, or are read on a timer of the exporter's own.")
        .why("What hangs now has to be on the page now.")
        .stop()
}
