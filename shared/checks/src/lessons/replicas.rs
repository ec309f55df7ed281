//! Each app counts for itself: not what a replica beside it does, nor what it did before a restart.

use exposition::{Page, Sample};

use super::moves::{move_lines, moves};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

/// The second app of the process, before anything is sent to the first. None for an app at a URL.
pub(super) struct Elsewhere(Option<(App, Page)>);

impl Elsewhere {
    pub(super) async fn before(app: &App) -> Outcome<Self> {
        let Ok(replica) = app.replica() else { return Ok(Self(None)) };
        let page = replica.scrape().await?;
        Ok(Self(Some((replica, page))))
    }

    /// Ends the check if the second app shows what only the first was sent.
    pub(super) async fn saw_nothing(&self, name: &str) -> Outcome {
        let Some((replica, before)) = &self.0 else { return Ok(()) };
        let after = replica.scrape().await?;
        let moved = moves(before, &after, name);
        if moved.is_empty() {
            return Ok(());
        }
        Failure::change(format!("Let each app keep a `{name}` of its own."))
            .expected(format!("`{name}` stays as it is on the page of a second replica, which was asked nothing"))
            .seen(["on the page of the second replica:".to_owned()])
            .seen(move_lines(&moved, name))
            .mistake("The metric is in a `static`, or in the global registry. All apps of the process share it, and each of them shows the sum of all.")
            .why("Queries add up what the replicas show. If each shows the sum already, two replicas count every request twice, and three of them three times.")
            .stop()
    }
}

/// Ends the check if an app that was started just now shows anything but 0.
pub(super) async fn begins_at_zero(restarted: &App, name: &str) -> Outcome {
    let page = restarted.scrape().await?;
    let above: Vec<&Sample> = page.series(name).filter(|sample| sample.value != 0.0).collect();
    if above.is_empty() {
        return Ok(());
    }
    Failure::change(format!("Let `{name}` begin at 0 when the app starts."))
        .expected(format!("`{name}` is 0 on the first page after a restart"))
        .seen(above.iter().map(|sample| sample.line.clone()))
        .mistake("The counter begins with what happened before: it is read from the database or from a file, or counted from the rows of a table.")
        .why("A counter says what this process has seen. `rate` and `increase` know that it begins again at 0. One that is read from the database falls when rows are deleted, and Prometheus takes that for a restart.")
        .stop()
}
