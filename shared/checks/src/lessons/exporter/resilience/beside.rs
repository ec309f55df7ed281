//! A scrape beside one that waits for a server that says nothing. The exporter is a further one, so that nobody else waits.

use std::future::pending;
use std::time::Duration;

use tokio::time::sleep;

use super::collectors::work_again;
use super::instance::Instance;
use super::scrape::{ANNOUNCED, SCRAPE_TIMEOUT, scrape_in_time};
use super::stalled::SIGN_OF_LIFE;
use crate::outcome::Outcome;
use crate::subject::exporter::Exporter;

/// So that the patient scrape is the first.
const HEAD_START: Duration = Duration::from_millis(300);
const WHEN: &str = "another scrape waits for a PostgreSQL that says nothing";

/// A scrape that waits long, and one that does not. The first client hangs up then, and nothing is lost by that.
pub(super) async fn nobody_waits_for_another_scrape(exporter: &Exporter) -> Outcome {
    let instance = Instance::start(exporter, "beside").await?;
    let app = &instance.app;
    app.scrape().await?;
    instance.link.stall(SIGN_OF_LIFE);
    let patient = scrape_in_time(app, SCRAPE_TIMEOUT, WHEN);
    let hasty = async {
        sleep(HEAD_START).await;
        scrape_in_time(app, ANNOUNCED, WHEN).await
    };
    // Whatever becomes of the patient one: it is there to be in the way.
    let in_the_way = async {
        let _ = patient.await;
        pending().await
    };
    tokio::select! {
        page = hasty => page.map(drop)?,
        () = in_the_way => {}
    }
    instance.link.resume();
    let after = "a scrape whose client hung up while PostgreSQL said nothing";
    work_again(app, after).await
}
