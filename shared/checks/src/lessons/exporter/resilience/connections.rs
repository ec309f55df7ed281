//! The exporter has few connections, however many scrapes there are.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;

use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::session::Session;

const SCRAPES: usize = 50;
/// A connection for each of five collectors, twice.
const MOST: f64 = 10.0;

pub(super) async fn are_few(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let is_done = AtomicBool::new(false);
    let scrapes = async {
        let answers = join_all((0..SCRAPES).map(|_| exporter.app.get("/metrics"))).await;
        // The flag stands for itself: the answers come another way.
        is_done.store(true, Ordering::Relaxed);
        answers
    };
    let (answers, during) = tokio::join!(scrapes, most_sessions(exporter, &mut session, &is_done));
    are_few_enough(during?, "while they run")?;
    for answer in answers {
        answer?.page()?;
    }
    let after = sessions(exporter, &mut session).await?;
    are_few_enough(after, "when they are answered")
}

async fn most_sessions(exporter: &Exporter, session: &mut Session, is_done: &AtomicBool) -> Outcome<f64> {
    let mut most = 0.0_f64;
    while !is_done.load(Ordering::Relaxed) {
        most = most.max(sessions(exporter, session).await?);
    }
    Ok(most)
}

/// Nobody else uses the role of the exporter.
async fn sessions(exporter: &Exporter, session: &mut Session) -> Outcome<f64> {
    let role = &exporter.database.name;
    session.number(&format!("SELECT count(*)::float8 FROM pg_stat_activity WHERE usename = '{role}'")).await
}

fn are_few_enough(sessions: f64, when: &str) -> Outcome {
    if sessions <= MOST {
        return Ok(());
    }
    Failure::change("Let all scrapes share a few connections.")
        .expected(format!("at most {MOST} connections of the exporter, for {SCRAPES} scrapes at once"))
        .seen([format!("{sessions} connections of the exporter, {when}")])
        .mistake("Each scrape, or each collector, makes a connection of its own, or a pool of its own. Some are never closed.")
        .why("When the database gets slow, scrapes overlap. An exporter that takes the last connections turns a slow shop into one that is down.")
        .stop()
}
