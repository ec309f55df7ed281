//! A scrape beside others that wait for a server that says nothing. The exporters are further ones, so that nobody else
//! waits.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::sleep;

use super::collectors::work_again;
use super::connections::AT_ONCE;
use super::instance::{Instance, Others};
use super::scrape::{SCRAPE_TIMEOUT, is_answered_in_time, late, room, scrape_in_time};
use super::stalled::SIGN_OF_LIFE;
use crate::lessons::at_once::beside;
use crate::lessons::parts;
use crate::outcome::Outcome;

/// So that the patient scrapes are the first, or under way when their clients hang up. Nobody sees them start.
const HEAD_START: Duration = Duration::from_millis(300);
/// What the hasty one announces.
const ANNOUNCED: &str = "2";
/// What those announce that hang up: an exporter that does not notice goes on for as long, and longer than the hasty one.
const ANNOUNCED_IN_VAIN: Duration = Duration::from_secs(3);
/// How often a busy machine may be late.
const ATTEMPTS: usize = 3;
const WHEN: &str = "others wait for a PostgreSQL that says nothing";
const AFTER: &str = "scrapes whose clients hung up while PostgreSQL said nothing";

pub(super) async fn nobody_waits_for_another_scrape(others: &Others<'_>) -> Outcome {
    let parts = [hasty_one_is_in_time(others).boxed(), nothing_is_lost(others).boxed()];
    parts::side_by_side(parts).await
}

/// Scrapes that wait long, and one that does not.
async fn hasty_one_is_in_time(others: &Others<'_>) -> Outcome {
    let instance = others.start().await?;
    work_again(&instance.app, AFTER).await?;
    let mut delay = room(&instance.app).await?;
    for _ in 0..ATTEMPTS {
        if is_in_time(&instance, delay).await? {
            return Ok(());
        }
        work_again(&instance.app, AFTER).await?;
        // What was quiet before may have become busy.
        delay = delay.max(room(&instance.app).await?);
    }
    late(&format!("{ANNOUNCED}`"), &format!("{ANNOUNCED} seconds, in each of {ATTEMPTS} scrapes"), WHEN).stop()
}

async fn is_in_time(instance: &Instance, delay: Duration) -> Outcome<bool> {
    instance.link.stall(SIGN_OF_LIFE);
    let hasty = async {
        sleep(HEAD_START).await;
        is_answered_in_time(&instance.app, ANNOUNCED, delay, WHEN).await
    };
    // Whatever becomes of the patient ones: they are there to be in the way.
    let is_in_time = beside(scrapes(instance, SCRAPE_TIMEOUT), hasty).await;
    instance.link.resume();
    is_in_time
}

/// Clients that hang up.
async fn nothing_is_lost(others: &Others<'_>) -> Outcome {
    let instance = others.start().await?;
    work_again(&instance.app, AFTER).await?;
    instance.link.stall(SIGN_OF_LIFE);
    beside(scrapes(&instance, ANNOUNCED_IN_VAIN), sleep(HEAD_START)).await;
    instance.link.resume();
    work_again(&instance.app, AFTER).await
}

async fn scrapes(instance: &Instance, announced: Duration) {
    join_all((0..AT_ONCE).map(|_| scrape_in_time(&instance.app, announced, WHEN))).await;
}
