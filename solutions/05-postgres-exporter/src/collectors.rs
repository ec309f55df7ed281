//! The list of all collectors, and the place that runs them one after the other.

mod activity;
mod collector;
mod database;
mod locks;
mod settings;
mod tables;

use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::PgConnection;
use tokio::time::{Instant, timeout_at};

use self::collector::Collector;
use crate::families::{Descriptor, Families, number};

/// All collectors.
const COLLECTORS: &[&dyn Collector] =
    &[&database::Database, &activity::Activity, &locks::Locks, &settings::Settings, &tables::Tables];

/// The part of the time that is left which one statement of a collector may take. Two of them are over before the
/// deadline, and leave something to the next collector.
const STATEMENT_SHARE: f64 = 0.4;

/// What a statement may take at the deadline, too: 0 would be no limit, and the statement that sets the next limit is under
/// this one.
const LEAST_LIMIT: Duration = Duration::from_millis(100);

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
    deadline: Instant,
    families: &mut Families,
) -> Result<()> {
    let mut lent = connection.take().context("the connection was lost")?;
    let collected = timeout_at(deadline, async {
        limit_statements(&mut lent, deadline).await?;
        collector.collect(&mut lent, families).await
    });
    // The server may never answer. Then this connection is not given back, and so it is closed.
    let collected = collected.await.context("the database did not answer before the deadline")?;
    *connection = Some(lent);
    collected
}

/// Has PostgreSQL end what takes too long.
async fn limit_statements(connection: &mut PgConnection, deadline: Instant) -> Result<()> {
    let limit = deadline.saturating_duration_since(Instant::now()).mul_f64(STATEMENT_SHARE);
    let limit = limit.max(LEAST_LIMIT).as_millis().to_string();
    sqlx::query("SELECT set_config('statement_timeout', $1, false)").bind(limit).execute(connection).await?;
    Ok(())
}

/// Says that no collector could run.
pub fn none_succeeded(families: &mut Families) {
    for collector in COLLECTORS {
        families.add(&SUCCESS, &[("collector", collector.name())], 0.0);
    }
}
