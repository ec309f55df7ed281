//! A scrape beside others that wait for a server that says nothing. The exporter is a further one, so that nobody else waits.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::collectors::work_again;
use super::connections::AT_ONCE;
use super::instance::Instance;
use super::scrape::{SCRAPE_TIMEOUT, is_answered_in_time, late, room, scrape_in_time};
use super::stalled::SIGN_OF_LIFE;
use crate::lessons::at_once::beside;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

/// So that the patient scrapes are the first.
const HEAD_START: Duration = Duration::from_millis(300);
/// What the hasty one announces.
const ANNOUNCED: &str = "2";
/// How often a busy machine may be late.
const ATTEMPTS: usize = 3;
const WHEN: &str = "others wait for a PostgreSQL that says nothing";
const AFTER: &str = "scrapes whose clients hung up while PostgreSQL said nothing";

/// Scrapes that wait long, and one that does not. The first clients hang up then, and nothing is lost by that.
pub(super) async fn nobody_waits_for_another_scrape(exporter: &Exporter) -> Outcome {
    let instance = Instance::start(exporter, "beside").await?;
    work_again(&instance.app, AFTER).await?;
    let mut delay = room(&instance.app).await?;
    for _ in 0..ATTEMPTS {
        let is_in_time = hasty_is_in_time(&instance, delay).await?;
        work_again(&instance.app, AFTER).await?;
        if is_in_time {
            return Ok(());
        }
        // What was quiet before may have become busy.
        delay = delay.max(room(&instance.app).await?);
    }
    late(&format!("{ANNOUNCED}`"), &format!("{ANNOUNCED} seconds, in each of {ATTEMPTS} scrapes"), WHEN).stop()
}

async fn hasty_is_in_time(instance: &Instance, delay: Duration) -> Outcome<bool> {
    let app = &instance.app;
    instance.link.stall(SIGN_OF_LIFE);
    // Whatever becomes of the patient ones: they are there to be in the way.
    let patient = join_all((0..AT_ONCE).map(|_| scrape_in_time(app, SCRAPE_TIMEOUT, WHEN)));
    let hasty = async {
        sleep(HEAD_START).await;
        is_answered_in_time(app, ANNOUNCED, delay, WHEN).await
    };
    let is_in_time = beside(patient, hasty).await;
    instance.link.resume();
    is_in_time
}
