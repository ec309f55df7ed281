//! A few visitors, so that a shop's metrics move.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

/// How often a visitor does something.
const PACE: Duration = Duration::from_millis(500);
/// How long a visitor waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How many visitors come in turn. Each has a cart.
const VISITORS: u64 = 5;

/// Visits a shop until it is dropped. What the shop answers does not matter here: its metrics tell.
pub(super) async fn visit(shop: SocketAddr) {
    // Without a client there is no traffic. The checks would say so too.
    let Ok(client) = Client::builder().no_proxy().timeout(TIMEOUT).build() else { return };
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        pace.tick().await;
        let (method, path, body) = request(number);
        let mut request = client.request(method, format!("http://{shop}{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let _ = request.send().await;
    }
}

/// What happens at this time: mostly somebody looks around or takes something, now and then somebody pays, or
/// follows a link that is dead.
fn request(number: u64) -> (Method, String, Option<Value>) {
    let visitor = number / 12 % VISITORS;
    let item = 1 + number % 6;
    let cart = format!("/carts/visitor-{visitor}");
    match number % 12 {
        0 | 5 | 8 => (Method::GET, "/items".into(), None),
        1 | 3 | 6 => (Method::GET, format!("/items/{item}"), None),
        2 | 4 | 7 => (Method::POST, format!("{cart}/items"), Some(json!({ "item_id": item, "quantity": 1 }))),
        9 => (Method::GET, cart, None),
        // Every second visitor leaves without paying.
        10 if visitor.is_multiple_of(2) => (Method::POST, format!("{cart}/checkout"), None),
        11 if visitor == 1 => (Method::GET, "/items/404".into(), None),
        _ => (Method::GET, "/".into(), None),
    }
}
