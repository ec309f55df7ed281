//! A second replica, whose queries are its own.

use exposition::Page;

use super::metric::{COUNT, page_lines};
use crate::lessons::lines::rise;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

/// A second replica, while the first is asked.
pub(super) struct Replica {
    app: App,
    before: Page,
}

impl Replica {
    /// None for an app without a second one.
    pub(super) async fn of(app: &App) -> Outcome<Option<Self>> {
        let Ok(app) = app.replica() else { return Ok(None) };
        let before = app.scrape().await?;
        Ok(Some(Self { app, before }))
    }

    /// That it shows none of so many queries of the first. That it may count those of a scrape is judged elsewhere.
    pub(super) async fn has_none(&self, queries: f64) -> Outcome {
        let after = self.app.scrape().await?;
        if rise(&self.before, &after, COUNT, &[]) < queries {
            return Ok(());
        }
        Failure::change("Give each app a summary of its own.")
            .expected(format!("{COUNT} does not rise on a second replica that nobody asks anything"))
            .seen(page_lines(&after, COUNT))
            .mistake("The summary is in a `static`, or in a registry that is global: both apps of the process observe in it.")
            .why("Each replica shows the queries of both. The sum over the replicas counts each query twice, and nobody finds the replica that is slow.")
            .stop()
    }
}
