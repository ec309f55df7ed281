//! The database goes away and comes back, and the shop with it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::time::{Duration, Instant};

use checks::launch::{InProcess, Launcher, Settings};
use checks::services::link::Link;
use checks::services::postgres::Postgres;
use checks::services::{ServiceError, if_installed};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_shop_survives_an_outage_of_its_database() {
    let postgres: Result<Postgres, ServiceError> = Postgres::start().await;
    let Some(postgres) = if_installed(postgres, "the shop when PostgreSQL goes away").unwrap() else { return };
    let mut url: Url = postgres.url().parse().unwrap();
    let mut link = Link::to(&format!("127.0.0.1:{}", url.port().unwrap())).await.unwrap();
    url.set_port(Some(link.address().port())).unwrap();
    let settings = Settings { database_url: url.into(), replicas: 1, ..Settings::default() };
    let running = InProcess(solution_04_summary::app).launch(&settings).await.unwrap();
    let shop = &running.base_urls[0];
    assert_eq!(get(shop, "/ready").await.status(), StatusCode::OK);

    link.cut().await;
    for path in ["/ready", "/items", "/items/1", "/carts/ana"] {
        let response = get(shop, path).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["detail"], "the database cannot be reached", "{path}");
    }
    assert_eq!(get(shop, "/live").await.status(), StatusCode::OK);
    let page = get(shop, "/metrics").await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(page.contains("cart_sessions_active NaN"), "{page}");
    let exceptions = "http_exceptions_total{exception_type=\"database_unavailable\",method=\"GET\",path=\"/items\"} 1";
    assert!(page.contains(exceptions), "{page}");

    link.restore().await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while get(shop, "/ready").await.status() != StatusCode::OK {
        assert!(Instant::now() < deadline, "the shop never came back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(get(shop, "/items").await.status(), StatusCode::OK);
}

async fn get(shop: &str, path: &str) -> Response {
    Client::builder().no_proxy().build().unwrap().get(format!("{shop}{path}")).send().await.unwrap()
}
