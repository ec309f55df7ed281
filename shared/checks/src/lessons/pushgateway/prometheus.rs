//! What a Prometheus that scrapes the gateway has of the job.

use tokio::time::{Duration, Instant, sleep};

use crate::exposition::Labels;
use crate::services::ServiceError;
use crate::services::prometheus::Prometheus;
use crate::subject::app::PATIENCE;

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// What was pushed, in a Prometheus that scrapes the gateway, once it is there.
pub(crate) async fn series_in(prometheus: &Prometheus) -> Result<Vec<Labels>, ServiceError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let series = prometheus.series("{__name__=~\"batch_.+|push_.+\"}").await?;
        if !series.is_empty() || Instant::now() >= deadline {
            return Ok(series);
        }
        sleep(POLL_INTERVAL).await;
    }
}
