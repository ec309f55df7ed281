//! The page of an exporter for PostgreSQL: of all that a server holds, what one database shows.

use exposition::{Family, Page, Sample};

use super::mask::MASK;

/// States that sessions of PostgreSQL's own may be in.
const BUSY_STATES: [&str; 2] = ["active", "idle"];
/// What stands for the name of the watched database, which is another one each time.
const WATCHED: &str = "watched";

/// Keeps the families of these names, with the series of one database, and of one table in it.
pub(super) fn select(page: Page, names: &[String], database: &str, table: &str) -> Page {
    let of_the_course = page.families.into_iter().filter(|family| names.contains(&family.name));
    select_series(Page { families: of_the_course.collect(), ..page }, database, table)
}

/// Keeps all families, with the series of one database, and of one table in it.
pub(super) fn select_series(page: Page, database: &str, table: &str) -> Page {
    let families = page.families.into_iter().map(|family| select_series_of(family, database, table));
    Page { families: families.collect(), ..page }
}

fn select_series_of(mut family: Family, database: &str, table: &str) -> Family {
    family.samples.retain(|sample| is_watched(sample, database, table));
    for sample in &mut family.samples {
        // To Prometheus, a label that is empty is none.
        sample.labels.retain(|_, value| !value.is_empty());
        mask(sample, "datname", WATCHED);
        mask(sample, "datid", MASK);
        mask(sample, "usename", MASK);
    }
    family
}

fn is_watched(sample: &Sample, database: &str, table: &str) -> bool {
    let is_busy = sample.label("state").is_some_and(|state| BUSY_STATES.contains(&state));
    let is_other = sample.label("relname").is_some_and(|relname| relname != table);
    sample.label("datname").is_none_or(|datname| datname == database) && !is_busy && !is_other
}

fn mask(sample: &mut Sample, label: &str, mask: &str) {
    if let Some(value) = sample.labels.get_mut(label) {
        *value = mask.to_owned();
    }
}
