//! With `METRICS_ADDR`, the metrics have a listener of their own.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use axum::Router;
use axum::extract::MatchedPath;
use axum::routing::get;
use reqwest::{Client, Response, StatusCode};
use shop::server::{metrics_alone, without_metrics};
use tokio::net::TcpListener;

fn app() -> Router {
    Router::new()
        .route("/items/{id}", get(async |route: MatchedPath| route.as_str().to_owned()))
        .route("/metrics", get("app_info 1\n"))
        .fallback(shop::not_found)
}

/// What such an app answers over HTTP.
async fn answer(app: Router, path: &str) -> Response {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    Client::builder().no_proxy().build().unwrap().get(format!("http://{address}{path}")).send().await.unwrap()
}

fn is_problem(response: &Response) -> bool {
    response.headers()["content-type"] == "application/problem+json"
}

#[tokio::test]
async fn the_listener_of_the_metrics_serves_the_metrics() {
    let response = answer(metrics_alone(app()), "/metrics").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.unwrap(), "app_info 1\n");
}

#[tokio::test]
async fn the_listener_of_the_metrics_serves_nothing_else() {
    let response = answer(metrics_alone(app()), "/items/1").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(is_problem(&response));
}

#[tokio::test]
async fn the_listener_of_the_shop_knows_no_metrics() {
    let response = answer(without_metrics(app()), "/metrics").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(is_problem(&response));
}

#[tokio::test]
async fn the_listener_of_the_shop_serves_the_shop_and_its_routes_keep_their_names() {
    let response = answer(without_metrics(app()), "/items/1").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.unwrap(), "/items/{id}");
}
