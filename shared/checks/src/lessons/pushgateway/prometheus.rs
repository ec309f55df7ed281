//! What a Prometheus that scrapes the gateway has of the job.

use exposition::{Labels, Page};
use tokio::time::{Duration, Instant, sleep};

use super::group::key;
use crate::services::ServiceError;
use crate::services::prometheus::Prometheus;
use crate::subject::app::PATIENCE;

const POLL_INTERVAL: Duration = Duration::from_millis(100);
const NAME: &str = "__name__";
/// How the names begin that the job may push, and those that the gateway adds.
const PREFIXES: [&str; 2] = ["batch_", "push_"];

/// What was pushed, in a Prometheus that scrapes the gateway, once it is there.
pub(crate) async fn series_in(prometheus: &Prometheus) -> Result<Vec<Labels>, ServiceError> {
    let names = PREFIXES.map(|prefix| format!("{prefix}.+")).join("|");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let series = prometheus.series(&format!("{{{NAME}=~\"{names}\"}}")).await?;
        if !series.is_empty() || Instant::now() >= deadline {
            return Ok(series);
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// The same from the gateway's page: with `honor_labels`, what was pushed wins over the labels of the scrape. A
/// Prometheus takes more than five seconds from its start to its first scrape, so it is asked whether that is true by a
/// test.
pub(super) fn series_of(page: &Page) -> Vec<Labels> {
    let is_pushed = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let samples = page.samples().filter(|sample| is_pushed(&sample.name));
    samples
        .map(|sample| {
            let mut labels = key(sample);
            labels.insert(NAME.to_owned(), sample.name.clone());
            labels
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use reqwest::Client;

    use super::{series_in, series_of};
    use crate::services::if_installed;
    use crate::services::prometheus::Prometheus;
    use crate::services::pushgateway::Pushgateway;
    use crate::subject::app::App;

    /// Groups of several jobs, and labels that a scrape has, too.
    const PUSHES: [(&str, &str); 4] = [
        ("job/expire_carts", "batch_carts_expired 2\nbatch_step_duration_seconds{step=\"connect\"} 0.5\nother 1\n"),
        ("job/expire_carts_again", "batch_files{exported_job=\"expire_carts\",exported_instance=\"here\"} 3\n"),
        ("job/expire_carts/country/pt", "batch_bytes{job=\"another\",empty=\"\"} 4\n"),
        ("job/expire_carts/instance/laptop", "batch_rows{instance=\"another\"} 5\n"),
    ];

    #[tokio::test]
    async fn a_prometheus_has_what_the_page_says() {
        let gateway = if_installed(Pushgateway::start().await, "what Prometheus sees of a gateway").unwrap();
        let Some(gateway) = gateway else { return };
        for (group, metrics) in PUSHES {
            let push = Client::new().put(format!("{}/metrics/{group}", gateway.url())).body(metrics);
            assert!(push.send().await.unwrap().status().is_success(), "{group}");
        }
        let app = App::at(gateway.url()).unwrap();
        let started = Prometheus::start(&[&app.address()]).await;
        let Some(prometheus) = if_installed(started, "what Prometheus sees of a gateway").unwrap() else { return };
        let mut seen = series_in(&prometheus).await.unwrap();
        let mut told = series_of(&app.scrape().await.unwrap());
        seen.sort_unstable();
        told.sort_unstable();
        assert!(told.len() > PUSHES.len());
        assert_eq!(seen, told);
    }
}
