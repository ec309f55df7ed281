//! The exporter answers in time, whatever the database does, and is no burden to it.

mod beside;
mod collectors;
mod connections;
mod failures;
mod instance;
mod locked;
mod outage;
mod scrape;
mod stalled;
mod views;

use super::settings::time_outs_are_the_servers;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

/// Exporters of their own watch other databases, beside all the rest. What is said first does not depend on which
/// of them ends first.
pub(super) async fn check(exporter: &Exporter) -> Outcome {
    collectors::are_all_there(exporter).await?;
    connections::are_few(exporter).await?;
    let (database, beside, views) = tokio::join!(
        trouble(exporter),
        beside::nobody_waits_for_another_scrape(exporter),
        views::each_may_be_in_trouble(exporter),
    );
    database.and(beside).and(views)?;
    time_outs_are_the_servers(exporter).await
}

async fn trouble(exporter: &Exporter) -> Outcome {
    outage::is_shown_and_survived(exporter).await?;
    locked::table_does_not_hold_up_the_scrape(exporter).await?;
    stalled::server_does_not_hold_up_the_scrape(exporter).await?;
    failures::leave_other_collectors_alone(exporter).await
}
