//! What customers do, and what they were told.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::process::Shop;

/// A client whose connections end with it.
pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// What the shop has acknowledged. The database has to have all of it.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// The ids of orders.
    pub(crate) orders: BTreeSet<i64>,
    /// The skus of items.
    pub(crate) items: BTreeSet<String>,
}

impl Acknowledged {
    /// Puts a piece of an item into a cart, and pays. Says whether all was well.
    pub(crate) async fn order(&mut self, client: &Client, shop: &Shop, item_id: i64, session: &str) -> bool {
        let addition = json!({ "item_id": item_id, "quantity": 1 });
        let addition = client.post(shop.url(&format!("/carts/{session}/items"))).json(&addition).send().await;
        let added = addition.is_ok_and(|answer| answer.status() == StatusCode::OK);
        added && self.check_out(client, shop, session).await
    }

    /// Pays for a cart.
    pub(crate) async fn check_out(&mut self, client: &Client, shop: &Shop, session: &str) -> bool {
        let checkout = client.post(shop.url(&format!("/carts/{session}/checkout"))).send().await;
        let Some(answer) = checkout.ok().filter(|answer| answer.status() == StatusCode::OK) else { return false };
        let Ok(order) = answer.json::<Value>().await else { return false };
        assert!(self.orders.insert(order["id"].as_i64().unwrap()), "an order twice: {order}");
        true
    }

    /// Adds an item to the catalogue.
    pub(crate) async fn add_item(&mut self, client: &Client, shop: &Shop, sku: &str) -> bool {
        let item = json!({ "sku": sku, "name": "new", "price_cents": 100, "stock": 100_000 });
        let answer = client.post(shop.url("/items")).json(&item).send().await;
        let added = answer.is_ok_and(|answer| answer.status() == StatusCode::CREATED);
        added && self.items.insert(sku.to_owned())
    }

    /// Asks the database, not the shop.
    pub(crate) async fn assert_kept(&self, database_url: &str) {
        let orders: BTreeSet<i64> = column(database_url, "SELECT id FROM orders").await;
        let items: BTreeSet<String> = column(database_url, "SELECT sku FROM items").await;
        let lost_orders: Vec<_> = self.orders.difference(&orders).collect();
        let lost_items: Vec<_> = self.items.difference(&items).collect();
        assert!(
            lost_orders.is_empty(),
            "{} of {} orders are lost: {lost_orders:?}",
            lost_orders.len(),
            self.orders.len()
        );
        assert!(lost_items.is_empty(), "{} of {} items are lost: {lost_items:?}", lost_items.len(), self.items.len());
    }
}

/// Adds an item of which there is more than enough, and gives its id.
pub(crate) async fn plenty(client: &Client, shop: &Shop) -> i64 {
    let item = json!({ "sku": "PLENTY", "name": "plenty", "price_cents": 100, "stock": 100_000 });
    let answer = client.post(shop.url("/items")).json(&item).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["id"].as_i64().unwrap()
}

/// All values of a column.
pub(crate) async fn column<T>(database_url: &str, query: &'static str) -> BTreeSet<T>
where
    T: Ord + Send + Unpin + sqlx::Type<sqlx::Any> + for<'r> sqlx::Decode<'r, sqlx::Any>,
{
    use sqlx::Connection;
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(database_url).await.unwrap();
    let values: Vec<T> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    values.into_iter().collect()
}

/// A request whose client hangs up after this time, unless the answer comes first.
pub(crate) async fn hang_up(request: reqwest::RequestBuilder, after: Duration) {
    let _ = timeout(after, request.send()).await;
}
