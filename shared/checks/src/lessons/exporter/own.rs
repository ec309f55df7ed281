//! What the exporter says of itself, where it does: how many scrapes there were, and how the last one went.

use exposition::Page;

use super::lines::lines;
use super::names::UP;
use crate::outcome::{Failure, Outcome};

const SCRAPES: &str = "pg_exporter_scrapes_total";
const SCRAPE_ERROR: &str = "pg_exporter_last_scrape_error";
const SCRAPE_DURATION: &str = "pg_exporter_last_scrape_duration_seconds";
/// Their names.
pub(super) const METRICS: [&str; 3] = [SCRAPES, SCRAPE_ERROR, SCRAPE_DURATION];

const WHY: &str = "Whoever watches the exporter itself trusts the names that the official one has.";

/// Whether anything failed in this scrape.
pub(super) fn error_is(page: &Page, expected: f64, when: &str) -> Outcome {
    let Some(value) = page.value(SCRAPE_ERROR, &[]) else { return Ok(()) };
    if value == expected {
        return Ok(());
    }
    Failure::change(format!("Set `{SCRAPE_ERROR}` to 1 when anything failed in this scrape, and to 0 else."))
        .expected(format!("{SCRAPE_ERROR} {expected}, when {when}"))
        .seen(lines(page, SCRAPE_ERROR, &[]))
        .seen(lines(page, UP, &[]))
        .mistake("It looks at `pg_up` alone, or at the collectors alone, or is never set back.")
        .why(WHY)
        .stop()
}

/// Two pages, one after the other, the second of which took so many seconds.
pub(super) fn scrapes_are_counted(before: &Page, after: &Page, elapsed: f64) -> Outcome {
    let count = |page: &Page| page.value(SCRAPES, &[]);
    if let (Some(one), Some(next)) = (count(before), count(after))
        && next != one + 1.0
    {
        return Failure::change(format!("Count each scrape in `{SCRAPES}`, once."))
            .expected(format!("{SCRAPES} {}, at the next scrape after {SCRAPES} {one}", one + 1.0))
            .seen(lines(after, SCRAPES, &[]))
            .mistake("Only some scrapes are counted, such as those that succeed, or one counts for several.")
            .why(WHY)
            .stop();
    }
    if page_took_longer(after, elapsed) {
        return Failure::change(format!("Set `{SCRAPE_DURATION}` to what this scrape took, in seconds."))
            .expected(format!("more than 0, and at most {elapsed:.3}, which is what the client waited"))
            .seen(lines(after, SCRAPE_DURATION, &[]))
            .mistake("Milliseconds were taken, or the times of all scrapes are added up.")
            .why(WHY)
            .stop();
    }
    Ok(())
}

fn page_took_longer(page: &Page, elapsed: f64) -> bool {
    page.value(SCRAPE_DURATION, &[]).is_some_and(|duration| duration <= 0.0 || duration > elapsed)
}
