//! Whatever a client sends, the shop says what is wrong with it, and goes on.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use proptest::prelude::*;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use support::{Shop, program};

const JSON: &str = "application/json";

/// A request that is wrong in one way.
struct Bad {
    method: Method,
    path: String,
    content_type: &'static str,
    body: String,
    status: u16,
    /// A word of the explanation.
    says: &'static str,
}

fn get(path: &str, status: u16, says: &'static str) -> Bad {
    Bad { method: Method::GET, path: path.into(), content_type: JSON, body: String::new(), status, says }
}

fn post(path: &str, body: impl Into<String>, status: u16, says: &'static str) -> Bad {
    Bad { method: Method::POST, path: path.into(), content_type: JSON, body: body.into(), status, says }
}

fn item(field: &str, value: &Value) -> String {
    let mut item = json!({ "sku": "NEW-1", "name": "new", "price_cents": 1, "stock": 1 });
    item[field] = value.clone();
    item.to_string()
}

fn addition(item_id: &str, quantity: &str) -> String {
    format!("{{\"item_id\": {item_id}, \"quantity\": {quantity}}}")
}

fn bad_requests() -> Vec<Bad> {
    let cart = "/carts/ana/items";
    vec![
        get("/nowhere", 404, "no page"),
        get("/items/999999", 404, "no item 999999"),
        get("/items/abc", 422, "abc"),
        get("/items/-1", 404, "no item -1"),
        get("/items/99999999999999999999", 422, "i64"),
        get("/items/%ff", 422, "UTF-8"),
        get("/carts/nobody", 404, "no cart"),
        get(&format!("/carts/{}", "x".repeat(65)), 422, "1 to 64"),
        get("/carts/a%20b", 422, "1 to 64"),
        get("/carts/%00", 422, "1 to 64"),
        get("/simulate?status=99", 422, "between 200 and 599"),
        get("/simulate?status=700", 422, "between 200 and 599"),
        get("/simulate?status=-1", 422, "status"),
        get("/simulate?delay_ms=10001", 422, "at most 10000"),
        get("/simulate?delay_ms=-1", 422, "delay_ms"),
        get("/simulate?panic=maybe", 422, "panic"),
        get("/simulate?sleep=1", 422, "sleep"),
        Bad { method: Method::PUT, ..get("/items", 405, "PUT") },
        Bad { method: Method::DELETE, ..get("/items/1", 405, "DELETE") },
        Bad { method: Method::DELETE, ..get("/carts/nobody", 404, "no cart") },
        post("/carts/nobody/checkout", "", 404, "no cart"),
        post("/items", "", 400, "EOF"),
        post("/items", "{", 400, "EOF"),
        post("/items", "[]", 422, "sku"),
        post("/items", "{}", 422, "sku"),
        post("/items", "\u{0}", 400, "expected value"),
        post("/items", "[".repeat(5_000), 422, "sequence"),
        post("/items", format!("{{\"sku\": \"{}\"}}", "X".repeat(20_000)), 413, "length limit"),
        post("/items", item("sku", &json!("")), 422, "sku must be"),
        post("/items", item("sku", &json!("lower")), 422, "sku must be"),
        post("/items", item("sku", &json!("X".repeat(33))), 422, "sku must be"),
        post("/items", item("sku", &json!(7)), 422, "string"),
        post("/items", item("name", &json!("  ")), 422, "name must be"),
        post("/items", item("name", &json!("nul\u{0}")), 422, "name must be"),
        post("/items", item("name", &json!("n".repeat(101))), 422, "name must be"),
        post("/items", item("price_cents", &json!(-1)), 422, "price_cents must be"),
        post("/items", item("price_cents", &json!(i64::MAX)), 422, "price_cents must be"),
        post("/items", item("price_cents", &json!(1.5)), 422, "i64"),
        post("/items", item("stock", &json!(-1)), 422, "stock must be"),
        post("/items", item("stock", &json!(u64::MAX)), 422, "i64"),
        post("/items", item("colour", &json!("red")), 422, "colour"),
        post(cart, addition("1", "0"), 422, "quantity must be"),
        post(cart, addition("1", "-1"), 422, "quantity must be"),
        post(cart, addition("1", "1001"), 422, "quantity must be"),
        post(cart, addition("1", "9223372036854775808"), 422, "i64"),
        post(cart, addition("1", "1e400"), 400, "out of range"),
        post(cart, addition("-1", "1"), 404, "no item -1"),
        post(cart, addition("9223372036854775807", "1"), 404, "no item"),
        post(cart, addition("1", "null"), 422, "null"),
        post(cart, addition("1", "1000"), 409, "only"),
        post("/carts/a%20b/items", addition("1", "1"), 422, "1 to 64"),
        Bad { content_type: "text/plain", ..post(cart, addition("1", "1"), 415, "Content-Type") },
    ]
}

async fn send(shop: &Shop, bad: &Bad) -> Response {
    let request = Client::builder().no_proxy().build().unwrap().request(bad.method.clone(), shop.url(&bad.path));
    request.header("content-type", bad.content_type).body(bad.body.clone()).send().await.unwrap()
}

#[tokio::test]
async fn every_bad_request_is_answered_with_a_problem_that_says_what_is_wrong() {
    let shop = Shop::open(solution_04_summary::app).await;
    for bad in bad_requests() {
        let request = format!("{} {} {}", bad.method, bad.path, bad.body.chars().take(80).collect::<String>());
        let response = send(&shop, &bad).await;
        assert_eq!(response.status(), bad.status, "{request}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{request}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["status"], bad.status, "{request}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(bad.says), "{request}\nwanted: {}\ngot: {detail}", bad.says);
    }
}

#[tokio::test]
async fn a_cart_survives_every_bad_request() {
    let shop = Shop::open(solution_04_summary::app).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let first = client.post(shop.url("/carts/ana/items")).json(&json!({ "item_id": 1, "quantity": 2 }));
    let cart: Value = first.send().await.unwrap().json().await.unwrap();
    for bad in bad_requests() {
        send(&shop, &bad).await;
    }
    let after: Value = client.get(shop.url("/carts/ana")).send().await.unwrap().json().await.unwrap();
    assert_eq!(after, cart);
}

#[tokio::test]
async fn a_method_that_is_not_allowed_is_told_which_ones_are() {
    let shop = Shop::open(solution_04_summary::app).await;
    let response = send(&shop, &Bad { method: Method::PUT, ..get("/items", 405, "") }).await;
    assert_eq!(response.headers()["allow"], "GET,HEAD,POST");
}

#[tokio::test]
async fn the_dearest_cart_has_an_exact_total() {
    let shop = Shop::open(solution_04_summary::app).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let dear = json!({ "sku": "DEAR", "name": "dear", "price_cents": 10_000_000, "stock": 100_000 });
    let item: Value = client.post(shop.url("/items")).json(&dear).send().await.unwrap().json().await.unwrap();
    let mut total = Value::Null;
    for _ in 0..100 {
        let addition = json!({ "item_id": item["id"], "quantity": 1_000 });
        let cart = client.post(shop.url("/carts/ana/items")).json(&addition).send().await.unwrap();
        total = cart.json::<Value>().await.unwrap()["total_cents"].clone();
    }
    assert_eq!(total, 1_000_000_000_000_i64);
    let order = client.post(shop.url("/carts/ana/checkout")).send().await.unwrap();
    assert_eq!(order.status(), StatusCode::OK);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// Few cases of many requests each, since each case starts a shop.
    #[test]
    fn nothing_that_is_sent_makes_the_shop_fail(
        requests in prop::collection::vec((path(), any::<Vec<u8>>(), any::<bool>()), 40)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::open(solution_04_summary::app).await;
            let client = Client::builder().no_proxy().build().unwrap();
            for (path, body, is_post) in requests {
                let method = if is_post { Method::POST } else { Method::GET };
                let request = client.request(method, shop.url(&path)).header("content-type", JSON).body(body);
                let status = request.send().await.unwrap().status();
                assert!(!status.is_server_error(), "{path} -> {status}");
            }
        });
    }
}

/// Paths around those that exist. `/simulate` is left out: it fails when it is asked to.
fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof!["[a-zA-Z0-9_-]{0,70}", "[0-9]{1,25}", "(%[0-9a-f]{2}){0,8}"];
    let start = prop::sample::select(vec!["", "/items", "/carts", "/carts/ana/items", "/live"]);
    (start, segment).prop_map(|(start, segment)| format!("{start}/{segment}"))
}

#[test]
fn a_parameter_of_the_database_that_nobody_knows_is_not_written_into_the_log() {
    let mut shop = std::process::Command::new(program::of("solution-00-item-api"));
    shop.env("DATABASE_URL", "postgres://shop@127.0.0.1:1/shop?pasword=s3cret").env("RUST_LOG", "debug");
    let output = shop.output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("postgres://shop@127.0.0.1:1/shop"), "{log}");
    assert!(!log.contains("s3cret"), "{log}");
}
