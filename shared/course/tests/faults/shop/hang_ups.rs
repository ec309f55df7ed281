//! Customers who hang up at any moment, on a database that is far away.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::time::sleep;

use super::customers::{Acknowledged, client, hang_up, plenty};
use super::far_database::FarDatabase;
use super::gauges::assert_at_base;

const LATENCY: Duration = Duration::from_millis(20);

/// An addition to a cart takes eight messages to the database once it has prepared its statements, and a checkout
/// eleven. Half a message apart, each of them is cut off while it is on its way, and while it is answered.
const MOMENTS: u32 = 24;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_a_customer_hangs_up_in_any_phase_of_a_transaction() {
    let Some(far) = FarDatabase::start("1").await else { return };
    let (customer, shop) = (client(), &far.shop);
    let item = plenty(&customer, shop).await;
    let addition = json!({ "item_id": item, "quantity": 1 });
    let mut acknowledged = Acknowledged::default();
    assert!(acknowledged.order(&customer, shop, item, "first").await);
    far.link.delay(LATENCY);
    for moment in 1..=MOMENTS {
        let after = LATENCY / 2 * moment;
        let impatient = client();
        hang_up(impatient.post(shop.url("/carts/impatient/items")).json(&addition), after).await;
        assert!(acknowledged.add_item(&customer, shop, &format!("CART-{moment}")).await);
        hang_up(impatient.post(shop.url("/carts/impatient/checkout")), after).await;
        assert!(acknowledged.add_item(&customer, shop, &format!("CHECKOUT-{moment}")).await);
        // What it rolls back must be its own.
        let nobody = customer.post(shop.url("/carts/nobody/checkout")).send().await.unwrap();
        assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
    }
    acknowledged.assert_kept(far.database_url()).await;
    assert_at_base(shop, far.database_url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_many_customers_hang_up_under_traffic() {
    let Some(far) = FarDatabase::start("4").await else { return };
    let (customer, shop) = (client(), &far.shop);
    let item = plenty(&customer, shop).await;
    far.link.delay(LATENCY / 4);
    let impatient = async {
        let addition = json!({ "item_id": item, "quantity": 1 });
        loop {
            let client = client();
            for after in (1..40).map(Duration::from_millis) {
                hang_up(client.post(shop.url("/carts/impatient/items")).json(&addition), after).await;
            }
        }
    };
    let mut acknowledged = Acknowledged::default();
    tokio::select! {
        _ = impatient => {}
        () = async {
            for number in 0..40 {
                acknowledged.order(&customer, shop, item, &format!("shopper-{number}")).await;
                acknowledged.add_item(&customer, shop, &format!("ITEM-{number}")).await;
            }
        } => {}
    }
    assert!(acknowledged.orders.len() > 20, "only {} orders", acknowledged.orders.len());
    sleep(LATENCY).await;
    acknowledged.assert_kept(far.database_url()).await;
    assert_at_base(shop, far.database_url()).await;
}
