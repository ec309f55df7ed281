//! A solution with a few customers.
#![allow(dead_code, reason = "each test file uses a part of it")]

use checks::database::Database;
use checks::launch::{BuildApp, InProcess, Launcher, Running, Settings};
use reqwest::{Client, Method, StatusCode};
use serde_json::json;

/// A solution that runs for as long as this value lives.
pub(crate) struct Shop {
    base_url: String,
    client: Client,
    _running: Running,
    _database: Database,
}

impl Shop {
    pub(crate) async fn open(app: BuildApp) -> Self {
        let database = Database::fresh().await.unwrap();
        let settings = Settings { database_url: database.url().to_owned(), replicas: 1, ..Settings::default() };
        let running = InProcess(app).launch(&settings).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { base_url: running.base_urls[0].clone(), client, _running: running, _database: database }
    }

    /// Where Prometheus finds it.
    pub(crate) fn target(&self) -> &str {
        self.base_url.trim_start_matches("http://")
    }

    pub(crate) async fn page(&self) -> String {
        self.client.get(self.url("/metrics")).send().await.unwrap().text().await.unwrap()
    }

    /// What a customer does, with a few failures. A solution that catches no panics drops the connection.
    pub(crate) async fn visit(&self) {
        self.send(Method::GET, "/items").await;
        self.send(Method::GET, "/items/1").await;
        let addition = self.client.post(self.url("/carts/visitor/items")).json(&json!({ "item_id": 1, "quantity": 1 }));
        addition.send().await.unwrap();
        self.send(Method::POST, "/carts/visitor/checkout").await;
        self.send(Method::GET, "/no-such-page").await;
        self.send(Method::GET, "/simulate?status=500").await;
        self.send(Method::GET, "/simulate?panic=true").await;
    }

    /// The status, if there is an answer.
    async fn send(&self, method: Method, path: &str) -> Option<StatusCode> {
        self.client.request(method, self.url(path)).send().await.ok().map(|answer| answer.status())
    }

    /// Where a path is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}
