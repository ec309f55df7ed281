//! The exporter's page, with one table and one open transaction in the database that it watches.

use super::MASK;
use crate::exposition::{Family, Page, Sample};
use crate::lessons::exporter::families;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

/// Samples whose value is always the same. All others are numbers of PostgreSQL.
const STABLE: [&str; 2] = ["pg_up", "pg_scrape_collector_success"];
/// States that sessions of PostgreSQL's own may be in.
const BUSY_STATES: [&str; 2] = ["active", "idle"];
/// What stands for the name of the watched database, which is another one each time.
const WATCHED: &str = "watched";

/// Does what there is to see, and returns the families of the course with the series of the watched database.
pub(super) async fn visit(exporter: &Exporter) -> Outcome<Page> {
    let mut session = exporter.database.connect().await?;
    session.run("DROP TABLE IF EXISTS shelf; CREATE TABLE shelf (id int PRIMARY KEY)").await?;
    session.run("BEGIN").await?;
    let waits =
        [("datname", exporter.database.name.as_str()), ("state", "idle in transaction"), ("wait_event", "ClientRead")];
    let is_there = |page: &Page| page.matching("pg_stat_activity_count", &waits).next().is_some();
    let page = exporter.app.scrape_until(is_there).await?;
    session.close().await?;
    Ok(select(page, &exporter.database.name))
}

pub(super) fn is_stable(sample: &Sample) -> bool {
    !sample.name.starts_with("pg_") || STABLE.contains(&sample.name.as_str())
}

fn select(page: Page, watched: &str) -> Page {
    let names = families::all();
    let of_the_course = page.families.into_iter().filter(|family| names.contains(&family.name));
    Page { families: of_the_course.map(|family| select_series(family, watched)).collect(), ..page }
}

fn select_series(mut family: Family, watched: &str) -> Family {
    family.samples.retain(|sample| is_of_the_watched(sample, watched));
    for sample in &mut family.samples {
        // To Prometheus, a label that is empty is none.
        sample.labels.retain(|_, value| !value.is_empty());
        mask(sample, "datname", WATCHED);
        mask(sample, "datid", MASK);
        mask(sample, "usename", MASK);
    }
    family
}

fn is_of_the_watched(sample: &Sample, watched: &str) -> bool {
    let is_busy = sample.label("state").is_some_and(|state| BUSY_STATES.contains(&state));
    let is_other = sample.label("relname").is_some_and(|table| table != "shelf");
    sample.label("datname").is_none_or(|datname| datname == watched) && !is_busy && !is_other
}

fn mask(sample: &mut Sample, label: &str, mask: &str) {
    if let Some(value) = sample.labels.get_mut(label) {
        *value = mask.to_owned();
    }
}
