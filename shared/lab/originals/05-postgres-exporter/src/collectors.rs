//! The list of all collectors, and the place that runs them one after the other.

mod activity;
mod collector;
mod database;
mod locks;
mod settings;
mod tables;

use anyhow::{Context, Result};
use sqlx::PgConnection;
use tokio::time::Instant;

use self::collector::Collector;
use crate::families::{Descriptor, Families, number};

/// All collectors.
const COLLECTORS: &[&dyn Collector] =
    &[&database::Database, &activity::Activity, &locks::Locks, &settings::Settings, &tables::Tables];

const DURATION: Descriptor<'_> =
    Descriptor::gauge("pg_scrape_collector_duration_seconds", "How long a collector took in this scrape.");
const SUCCESS: Descriptor<'_> =
    Descriptor::gauge("pg_scrape_collector_success", "Whether a collector read all that it should: 1 yes, 0 no.");

/// Runs all collectors, and says whether all succeeded. One that fails leaves the others alone, unless it has lost the
/// connection, which is gone then.
pub async fn collect_all(connection: &mut Option<PgConnection>, deadline: Instant, families: &mut Families) -> bool {
    let mut all_succeeded = true;
    for collector in COLLECTORS {
        all_succeeded &= run(*collector, connection, deadline, families).await;
    }
    all_succeeded
}

/// Runs one collector, and adds whether and how fast it did.
async fn run(
    collector: &dyn Collector,
    connection: &mut Option<PgConnection>,
    deadline: Instant,
    families: &mut Families,
) -> bool {
    let started = Instant::now();
    let result = collect(collector, connection, deadline, families).await;
    let name = collector.name();
    if let Err(error) = &result {
        tracing::warn!(collector = name, %error, "a collector failed");
    }
    families.add(&DURATION, &[("collector", name)], started.elapsed().as_secs_f64());
    families.add(&SUCCESS, &[("collector", name)], number(result.is_ok()));
    result.is_ok()
}

async fn collect(
    collector: &dyn Collector,
    connection: &mut Option<PgConnection>,
    _deadline: Instant,
    families: &mut Families,
) -> Result<()> {
    let mut lent = connection.take().context("the connection was lost")?;
    // TODO (step 6): set `statement_timeout` to a part of the time that is left, so that two statements are over before the
    // deadline, and there is something left for the next collector. And give up at the deadline: the server may never
    // answer. Then do not give the connection back, and it is closed.
    let collected = collector.collect(&mut lent, families).await;
    *connection = Some(lent);
    collected
}

/// Says that no collector could run.
pub fn none_succeeded(families: &mut Families) {
    for collector in COLLECTORS {
        families.add(&SUCCESS, &[("collector", collector.name())], 0.0);
    }
}
