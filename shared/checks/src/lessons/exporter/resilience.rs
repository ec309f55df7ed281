//! The exporter answers in time, whatever the database does, and is no burden to it.

mod collectors;
mod connections;
mod failures;
mod locked;
mod outage;
mod scrape;
mod stalled;

use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    collectors::are_all_there(exporter).await?;
    connections::are_few(exporter).await?;
    outage::is_shown_and_survived(exporter).await?;
    locked::table_does_not_hold_up_the_scrape(exporter).await?;
    stalled::server_does_not_hold_up_the_scrape(exporter).await?;
    failures::leave_other_collectors_alone(exporter).await
}
