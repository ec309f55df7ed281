//! What the live page draws is what Prometheus answers.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::time::{Duration, Instant};

use checks::services::if_installed;
use checks::services::prometheus::Prometheus;
use lab::arguments::TypedUrl;
use lab::live::target::Target;
use lab::live::{Live, Subject};
use reqwest::Client;
use serde_json::Value;
use support::Shop;
use tokio::time::sleep;

/// How long it may take until both have seen all, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
const HISTOGRAM: &str = "http_request_duration_seconds";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quantiles_are_those_that_prometheus_estimates() {
    let shop = Shop::open(solution_04_summary::app).await;
    let simulate = async |milliseconds: u32| {
        let url = shop.url(&format!("/simulate?delay_ms={milliseconds}"));
        Client::new().get(url).send().await.unwrap();
    };
    // The series have to be there before they are looked at.
    simulate(0).await;
    let address = shop.url("");
    let started = Prometheus::start(&[address.trim_start_matches("http://").trim_end_matches('/')]).await;
    let Some(prometheus) = if_installed(started, "the comparison of the live page with Prometheus").unwrap() else {
        return;
    };
    let live = live(&address).await;
    seen(&live, 0.0).await;
    for delay in [0, 2, 7, 20, 30, 60, 120, 260, 400, 700, 5, 5, 5, 3] {
        simulate(delay).await;
    }
    let picture = seen(&live, 14.0).await;
    let start = Instant::now();
    loop {
        let differences = differences(&prometheus, &picture).await;
        if differences.is_empty() {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{differences:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Quantiles that Prometheus estimates otherwise. It needs a second to see all.
async fn differences(prometheus: &Prometheus, picture: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    for estimate in picture["histogram"]["quantiles"].as_array().unwrap() {
        let (quantile, ours) = (estimate["quantile"].as_f64().unwrap(), estimate["estimate"].as_f64().unwrap());
        let query = picture["query"].as_str().unwrap().replace("0.95", &quantile.to_string());
        let theirs = prometheus.query(&query).await.unwrap();
        if theirs.len() != 1 || (theirs[0] - ours).abs() > 1e-9 {
            differences.push(format!("{query}: {theirs:?} instead of {ours}"));
        }
    }
    differences
}

async fn live(url: &str) -> Live {
    let targets = vec![Target::parse(&TypedUrl::from(url.to_owned())).unwrap()];
    Live::start(Subject { title: "a test".to_owned(), targets, shop: None, prometheus: None }).await.unwrap()
}

/// The picture, once it has so many observations of `/simulate`.
async fn seen(live: &Live, count: f64) -> Value {
    let url = format!("{}/picture?family={HISTOGRAM}&sum=1&filter=path%3D%2Fsimulate", live.url());
    let start = Instant::now();
    loop {
        let picture: Value = Client::new().get(&url).send().await.unwrap().json().await.unwrap_or_default();
        if picture["histogram"]["count"].as_f64() == Some(count) {
            return picture;
        }
        assert!(start.elapsed() < PATIENCE, "{picture}");
        sleep(Duration::from_millis(100)).await;
    }
}
