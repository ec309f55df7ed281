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

use self::instance::Others;
use super::settings::time_outs_are_the_servers;
use crate::lessons::parts;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

/// What would disturb the exporter that is judged, or would have to wait for it, has exporters of its own, which watch other
/// databases beside all the rest.
pub(super) async fn check(exporter: &Exporter) -> Outcome {
    collectors::are_all_there(exporter).await?;
    parts::side_by_side([trouble(exporter).boxed(), trouble_of_others(exporter).boxed()]).await?;
    time_outs_are_the_servers(exporter).await
}

async fn trouble(exporter: &Exporter) -> Outcome {
    connections::are_few(exporter).await?;
    outage::is_shown_and_survived(exporter).await?;
    locked::table_does_not_hold_up_the_scrape(exporter).await
}

async fn trouble_of_others(exporter: &Exporter) -> Outcome {
    let others = &Others::of(exporter);
    parts::side_by_side([
        stalled::server_does_not_hold_up_the_scrape(others).boxed(),
        failures::leave_other_collectors_alone(exporter).boxed(),
        beside::nobody_waits_for_another_scrape(others).boxed(),
        views::each_may_be_in_trouble(exporter).boxed(),
        announced::time_is_kept(others).boxed(),
        refused::session_is_an_outage(exporter).boxed(),
    ])
    .await
}
