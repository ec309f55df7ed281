//! The list of all collectors, and the place that runs them side by side.

mod activity;
mod collector;
mod database;
mod locks;
mod settings;
mod tables;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use sqlx::PgPool;
use tokio::time::{Instant, timeout_at};

use self::collector::Collector;
use crate::families::{Descriptor, Families, number};

/// All collectors.
const COLLECTORS: &[&dyn Collector] =
    &[&database::Database, &activity::Activity, &locks::Locks, &settings::Settings, &tables::Tables];

const DURATION: Descriptor<'_> =
    Descriptor::gauge("pg_scrape_collector_duration_seconds", "How long a collector took in this scrape.");
const SUCCESS: Descriptor<'_> =
    Descriptor::gauge("pg_scrape_collector_success", "Whether a collector read all that it should: 1 yes, 0 no.");

/// Runs all collectors side by side, and says whether all succeeded. One that fails leaves the others alone.
pub async fn collect_all(pool: &PgPool, deadline: Instant, families: &mut Families) -> bool {
    let runs = COLLECTORS.iter().map(|collector| run(*collector, pool, deadline));
    let mut all_succeeded = true;
    for (success, collected) in join_all(runs).await {
        all_succeeded &= success;
        families.append(collected);
    }
    all_succeeded
}

/// Runs one collector, and adds whether and how fast it did.
async fn run(collector: &dyn Collector, pool: &PgPool, deadline: Instant) -> (bool, Families) {
    let started = Instant::now();
    let mut families = Families::default();
    let result = collect(collector, pool, deadline, &mut families).await;
    let name = collector.name();
    if let Err(error) = &result {
        tracing::warn!(collector = name, %error, "a collector failed");
    }
    families.add(&DURATION, &[("collector", name)], started.elapsed().as_secs_f64());
    families.add(&SUCCESS, &[("collector", name)], number(result.is_ok()));
    (result.is_ok(), families)
}

async fn collect(collector: &dyn Collector, pool: &PgPool, deadline: Instant, families: &mut Families) -> Result<()> {
    let connection = timeout_at(deadline, pool.acquire()).await;
    let mut connection = connection.context("no connection was free before the deadline")??;
    // TODO (step 6): give up at the deadline, as above. Then call `close_on_drop` of the connection: the server may
    // never answer, and the pool would wait for that answer for ever.
    Ok(collector.collect(&mut connection, families).await?)
}
