//! Scrapes are no customers: they stay out of the request metrics.

use super::lines::{moved_lines, rise};
use crate::outcome::Outcome;
use crate::subject::app::App;

/// How often the app is scraped to see whether it counts that.
pub(super) const SCRAPES: usize = 10;

/// A metric that rose with each scrape.
pub(super) struct Counted {
    /// Its name.
    pub(super) name: &'static str,
    /// Its lines that moved.
    pub(super) lines: Vec<String>,
}

/// Scrapes some times, and finds the first of these metrics that has counted it.
pub(super) async fn counted_in(app: &App, names: &[&'static str]) -> Outcome<Option<Counted>> {
    let before = app.scrape().await?;
    for _ in 1..SCRAPES {
        app.scrape().await?;
    }
    let after = app.scrape().await?;
    // Somebody else may ask the app something meanwhile, but hardly once per scrape.
    let counted = names.iter().find(|name| rise(&before, &after, name, &[]) >= SCRAPES as f64);
    Ok(counted.map(|name| Counted { name, lines: moved_lines(&before, &after, name) }))
}
