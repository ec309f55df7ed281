//! The exporter answers in time, whatever the database does, and is no burden to it.

mod announced;
mod beside;
mod collectors;
mod connections;
mod failures;
mod instance;
mod later;
mod locked;
mod outage;
mod refused;
mod scrape;
mod stalled;
mod views;

use futures_util::FutureExt;

use super::settings::time_outs_are_the_servers;
use crate::lessons::parts;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

/// Exporters of their own watch other databases, beside all the rest.
pub(super) async fn check(exporter: &Exporter) -> Outcome {
    collectors::are_all_there(exporter).await?;
    connections::are_few(exporter).await?;
    parts::side_by_side([
        trouble(exporter).boxed(),
        beside::nobody_waits_for_another_scrape(exporter).boxed(),
        views::each_may_be_in_trouble(exporter).boxed(),
        announced::time_is_kept(exporter).boxed(),
        refused::session_is_an_outage(exporter).boxed(),
    ])
    .await?;
    time_outs_are_the_servers(exporter).await
}

async fn trouble(exporter: &Exporter) -> Outcome {
    outage::is_shown_and_survived(exporter).await?;
    locked::table_does_not_hold_up_the_scrape(exporter).await?;
    stalled::server_does_not_hold_up_the_scrape(exporter).await?;
    failures::leave_other_collectors_alone(exporter).await
}
